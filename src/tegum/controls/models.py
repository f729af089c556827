"""Controls on the weights of a whole model, of which the embeddings may be kept."""

from collections.abc import Callable, Mapping

from tegum.controls import weights as controls
from tegum.models.weights import M, New, Weights

KEPT = "_kept"
EMBEDDINGS = ("embedding", "place")
"""What a control on weights keeps where its name ends with `KEPT`."""
DRAWN: Mapping[str, Callable] = {
    "matched_normal": controls.matched_normal,
    "permuted": controls.permute_entries,
    "spectrum": controls.matched_spectrum,
}
WEIGHT_CONTROLS = ("untrained", *DRAWN)
"""The untrained model's weights are drawn by its own law of initial weights."""


def controlled(new: New[M], weights: Weights, control: str, seed: int) -> Weights:
    """The weights under a control of `WEIGHT_CONTROLS`, whose embeddings may be kept."""
    kind = control.removesuffix(KEPT)
    keep = EMBEDDINGS if control.endswith(KEPT) else ()
    if kind == "untrained":
        fresh = {name: p.detach().numpy()[0] for name, p in new([seed]).named_parameters()}
        return fresh | {name: weights[name] for name in keep}
    return controls.control_weights(weights, DRAWN[kind], seed, keep, permute_vectors=True)

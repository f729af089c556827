"""Which controls a dictionary beats, of each architecture: FVU, paired over seeds."""

from functools import partial

import xarray as xr

from tegum.labels import at, at_least
from tegum.ledger.claims import Claim
from tegum.statistics import cohen_dz
from tegum.studies.model_or_dataset.claims.shared import QUESTION, less_unexplained, trained

RUNGS = {
    "untrained": "the untrained model",
    "untrained_kept": "the untrained model with the trained embeddings",
    "matched_normal": "Gaussian weights of equal deviation",
    "matched_normal_kept": "Gaussian weights of equal deviation, with the trained embeddings",
    "permuted": "permuted weights",
    "permuted_kept": "permuted weights, with the trained embeddings",
    "spectrum": "weights of equal spectrum",
    "spectrum_kept": "weights of equal spectrum, with the trained embeddings",
    "unigram": "the trained model on shuffled tokens",
    "uniform": "the trained model on uniform tokens",
    "markov": "the trained model on Markov-1 tokens",
    "gaussian": "Gaussian activations of equal mean and covariance",
    "permuted_dimensions": "activations with permuted dimensions",
    "permuted_latents": "activations with permuted latents",
    "random_decoder": "the same codes with random directions",
    "frozen_decoder": "the same activations with frozen random directions",
    "soft_frozen_decoder": "the same activations with directions near random ones",
    "frozen_encoder": "the same activations with a frozen random encoder",
}
LEARNING = ("frozen_decoder", "soft_frozen_decoder", "frozen_encoder")
"""Rungs on which it is the dictionary that is another."""
ARCHITECTURES = {
    "standard": "Standard (2023)",
    "gated": "Gated",
    "jumprelu": "JumpReLU",
    "batchtopk": "BatchTopK",
    "matryoshka": "Matryoshka",
}
"""Beside TopK, which stands on every rung."""
HARDEST: dict[str, tuple[tuple[str, ...], str]] = {
    "weights": (
        ("spectrum_kept",),
        "with weights of equal spectrum, the trained embeddings kept",
    ),
    "inputs": (("markov",), "on Markov-1 tokens"),
    "activations": (
        ("gaussian", "permuted_latents"),
        "on Gaussian activations of equal mean and covariance and on permuted latents",
    ),
    "same_codes": (("random_decoder",), "on the same codes with random directions"),
    "frozen": (("frozen_decoder",), "with frozen random directions"),
}
"""Of each kind of control those that are hardest to beat for TopK, and in words."""


def _beats(rung: str, ds: xr.Dataset) -> Claim:
    fvu = at_least(ds, seed=2)["fvu"]
    control, own = at(fvu, control=rung), at(fvu, control="none")
    because = (
        f"difference of FVU: {float(control.mean()):.4f} against {float(own.mean()):.4f}; "
        f"d_z = {cohen_dz(control - own):.1f}"
    )
    return less_unexplained(fvu, (rung,), because)


BEATS = [
    trained(
        "ladder",
        f"A dictionary leaves less variance unexplained "
        f"{'than one of' if rung in LEARNING else 'on the trained model than on'} {words}.",
        QUESTION,
        at={"control": ("none", rung)},
    )(partial(_beats, rung), id=f"beats_{rung}")
    for rung, words in RUNGS.items()
]


def _mean(ds: xr.Dataset, control: str) -> str:
    """FVU and L0 under a control, as text."""
    fvu, l0 = (float(at(ds[name], control=control).mean("seed")) for name in ("fvu", "l0"))
    return f"{'of its own' if control == 'none' else control} {fvu:.4f} (L0 {l0:.2f})"


def _architecture(name: str, controls: tuple[str, ...], ds: xr.Dataset) -> Claim:
    here = at(ds, architecture=name)
    others = ", ".join(_mean(here, control) for control in controls)
    return less_unexplained(here["fvu"], controls, f"FVU {_mean(here, 'none')}; {others}")


OTHERS = [
    trained(
        "architectures",
        f"At about equal L0, {title} dictionaries leave less variance unexplained than {words}.",
        QUESTION,
        at={"architecture": name, "control": ("none", *controls)},
    )(partial(_architecture, name, controls), id=f"{name}_{group}")
    for name, title in ARCHITECTURES.items()
    for group, (controls, words) in HARDEST.items()
]

"""Networks that are trained on samples: architectures compared, and deeper ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.models.ensemble import Ensemble
from tegum.models.feature_networks import DeepNetwork, ScalarNetwork, normal_entries
from tegum.models.tied import Tied
from tegum.studies.capacity.allocation import allocate, labelled
from tegum.studies.capacity.params import Train
from tegum.studies.capacity.problems import kurtosis, null_loss, values
from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import FEATURES, Draws
from tegum.theory import quadratic as theory
from tegum.training.plan import padded
from tegum.training.rows import train

Found = dict[str, tuple[tuple[str, ...], np.ndarray]]
"""Variable to inner dims and values."""


class SparseFeatures(Stream):
    """Batches (features (cell, sample, feature),): Bernoulli(p) times U(0, 1], or U[-1, 1].

    One uniform draw v in [-1, 1) per entry: |v| < p decides about activity, 1 - |v| / p is then
    uniform, and the sign is independent of both. Cells of equal seed share their draws.

    Arguments: ``seeds`` and ``probabilities``, one per cell; ``signed``, whether amplitudes have
    both signs; ``batch``, samples in a batch.
    """

    def __init__(
        self,
        seeds: Sequence[int],
        probabilities: Sequence[float],
        n_features: int,
        batch: int,
        signed: bool,
        device: str = "cpu",
    ) -> None:
        self.n_cells = len(seeds)
        self._seeds, self._probabilities = list(seeds), list(probabilities)
        self._shape, self._signed, self._device = (batch, n_features), signed, device
        self._draws = {seed: Draws(seed) for seed in self._seeds}
        self._inverse = torch.tensor(probabilities, device=device).reciprocal()[:, None, None]

    def batch(self, step: int) -> tuple[Tensor, ...]:
        count = self._shape[0] * self._shape[1]
        drawn = {
            seed: torch.from_numpy(draws.integers(count, FEATURES, step).astype(np.float32))
            for seed, draws in self._draws.items()
        }
        uniform = torch.stack([drawn[seed] for seed in self._seeds]).mul_(2.0**-31)
        uniform = uniform.view(self.n_cells, *self._shape).to(self._device)
        amplitude = (1.0 - uniform.abs() * self._inverse).clamp_(min=0.0)
        return (amplitude * uniform.sign() if self._signed else amplitude,)

    def select(self, cell: int) -> Stream:
        seed, probability = self._seeds[cell], self._probabilities[cell]
        batch, n_features = self._shape
        return SparseFeatures([seed], [probability], n_features, batch, self._signed, self._device)


def compare(cells: Sequence[Any], context: Any) -> xr.Dataset:
    """Embeddings (cell, feature, hidden) and losses of one architecture."""
    params: Train = cells[0].params
    if params.architecture == "quadratic":
        return _exact(cells, context)
    pad = padded(list(cells))
    common = _common(pad)
    if params.architecture == "tied_relu":
        start = normal_entries((params.n_features, params.width), common["seeds"], 0)
        importance = common["values"] / common["null"][:, None]
        model, name = Tied(weight=start, output="relu", importance=importance), "weight"
    else:
        model, name = ScalarNetwork(activation=params.architecture, **common), "embedding"
    parameters, found = _trained(model, cells, context)
    return labelled({"embedding": (("feature", "hidden"), parameters[name]), **found})


def deep(cells: Sequence[Any], context: Any) -> xr.Dataset:
    """All weights of deeper networks, (cell, layer, ...), and their losses."""
    params: Train = cells[0].params
    pad = padded(list(cells))
    model = DeepNetwork(depth=params.depth, **_common(pad))
    parameters, found = _trained(model, cells, context)
    between = [parameters[f"weight_{layer}"] for layer in range(1, params.depth)]
    biases = [parameters[f"bias_{layer}"] for layer in range(params.depth)]
    return labelled(
        {
            "encoder": (("feature", "hidden"), parameters["weight_0"]),
            "between": (
                ("link", "hidden_before", "hidden"),
                np.stack(between, axis=1),
            ),
            "decoder": (("hidden", "feature"), parameters[f"weight_{params.depth}"]),
            "bias": (("layer", "hidden"), np.concatenate(biases, axis=1)),
            "output_bias": (("feature",), parameters[f"bias_{params.depth}"][:, 0]),
            **found,
        }
    )


def _exact(cells: Sequence[Any], context: Any) -> xr.Dataset:
    """The quadratic model on its exact loss, labelled as the sampled ones."""
    rows = allocate(cells, context)
    each: list[Train] = [c.params for c in cells]
    value, moment = np.stack([values(p) for p in each]), np.array([kurtosis(p) for p in each])
    loss = theory.quadratic_loss(rows["embedding"].values, value, moment)
    return labelled(
        {
            "embedding": (("feature", "hidden"), rows["embedding"].values.astype(np.float32)),
            "evaluation_loss": ((), loss / theory.null_loss(value, moment)),
            "loss_change": ((), rows["loss_change"].values),
        }
    )


def _common(pad: Sequence[Any]) -> dict[str, Any]:
    each: list[Train] = [c.params for c in pad]
    return {
        "values": np.stack([values(p) for p in each]),
        "null": np.array([null_loss(p) for p in each]),
        "hidden": each[0].width,
        "seeds": [c.stream("init") for c in pad],
    }


def _trained(
    model: Ensemble, cells: Sequence[Any], context: Any
) -> tuple[dict[str, np.ndarray], Found]:
    """Final parameters; evaluation loss over null loss, (cell,), and its change."""
    pad = padded(list(cells))
    each: list[Train] = [c.params for c in pad]
    first = each[0]
    signed = isinstance(model, ScalarNetwork)

    def stream(purpose: str, samples: int) -> SparseFeatures:
        probabilities = [p.feature_probability for p in each]
        seeds = [c.stream(purpose) for c in pad]
        size = (first.n_features, samples)
        return SparseFeatures(seeds, probabilities, *size, signed, context.device)

    evaluation = stream("evaluation", first.evaluation_samples)

    @torch.no_grad()
    def evaluated(model: Ensemble) -> dict[str, Tensor]:
        return {"loss": model.loss(evaluation.batch(0))}

    data = stream("data", first.batch)
    schedule = "linear_decay_second_half"
    result = train(cells, context, model, data, schedule, evaluation=evaluated)
    loss = evaluated(model)["loss"][: len(cells)].cpu().numpy().astype(np.float64)
    change = result.changes["loss_change"]
    return result.parameters, {"evaluation_loss": ((), loss), "loss_change": ((), change)}

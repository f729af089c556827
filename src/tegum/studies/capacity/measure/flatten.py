"""What flattening does: capacities, monosemantic shares and losses along the way."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.experiment.cell import SweepView
from tegum.metrics.capacity import capacities
from tegum.studies.capacity.params import Flatten, MeasureFlatten
from tegum.studies.capacity.problems import Array, mono_loss, mono_share, values
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory import quadratic as theory

SETTLED = 4
"""Number of the phase in which a ramped model is held at its strength."""
STATES = ("dedicated is metastable", "equal losses", "shared is unstable")
STEP = 1e-4
"""Of central differences."""


def by_cell(sweep: SweepView[MeasureFlatten], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Capacities at every look, with the strengths that theory names for two equal features."""
    train = rows["train"]
    embedding = train["embedding"].values.astype(float)
    each: list[Flatten] = [cell.upstream["train"] for cell in sweep.cells]
    value, kurtosis = np.stack([values(p) for p in each]), np.array([p.kurtosis for p in each])
    capacity = capacities(embedding)
    best = np.stack([theory.water_filling(values(p), p.width, p.kurtosis)[0] for p in each])
    settled = int(np.flatnonzero(train["phase"].values == SETTLED)[-1])
    ignored = capacity[:, settled] < sweep.params.ignored_below
    slopes = [
        _slopes(*c) for c in zip(embedding[:, settled], value, kurtosis, ignored, strict=True)
    ]
    return SCHEMAS["measure/flatten"].dataset(
        {
            "width": [p.width for p in each],
            "loss_change": rows["train"]["loss_change"].values,
            "capacity": capacity,
            "mono_share": mono_share(capacity, sweep.params),
            "loss": theory.quadratic_loss(embedding, value[:, None], kurtosis[:, None]),
            "unflatness": (capacity * (1 - capacity)).sum(-1),
            "strengths_pair": [theory.flattening_strengths(k) for k in kurtosis],
            "strength_envelope": theory.envelope_strength(value.max(1), kurtosis),
            "loss_best": theory.feature_loss(best, value, kurtosis[:, None]).sum(-1),
            "loss_mono": [mono_loss(p) for p in each],
            "curvature": [theory.saddle_curvature(values(p), p.width, p.kurtosis) for p in each],
            "gradient_settled": [gradient for gradient, _ in slopes],
            "curvature_settled": [curvature for _, curvature in slopes],
        },
        {"state": list(STATES), "phase": train["phase"], "step": train["step"]},
    )


def _slopes(embedding: Array, value: Array, kurtosis: float, ignored: Array) -> tuple[float, float]:
    """Largest first derivative of the loss, and the least second one along the embedding of the
    most valuable ignored feature (NaN if none is), by central differences."""
    moves = STEP * np.eye(embedding.size).reshape(-1, *embedding.shape)

    def loss(move: Array) -> Array:
        return theory.quadratic_loss(embedding + move, value, kurtosis)

    largest = float(np.abs(loss(moves) - loss(-moves)).max() / (2.0 * STEP))
    if not ignored.any():
        return largest, np.nan
    feature, width = int(np.flatnonzero(ignored)[0]), embedding.shape[1]
    one = moves[feature * width : (feature + 1) * width]
    first, second = one[:, None], one[None]
    corners = loss(first + second) - loss(first - second) - loss(second - first)
    hessian = (corners + loss(-first - second)) / (4.0 * STEP**2)
    return largest, float(np.linalg.eigvalsh(hessian)[0])

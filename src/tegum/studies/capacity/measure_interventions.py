"""What flattening and masking do: capacities, monosemantic shares and losses along the way."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import variable
from tegum.metrics.capacity import capacities
from tegum.studies.capacity.grids import Array, dataset, flat, trained, widths
from tegum.studies.capacity.problems import values
from tegum.theory import quadratic as theory

Rows = Mapping[str, xr.Dataset]

SETTLED = 4
"""Number of the phase in which a ramped model is held at its strength."""
STEP = 1e-4
"""Of central differences."""


def flattening(sweep: Any, rows: Rows) -> xr.Dataset:
    """Capacities at every look, with the strengths that theory names for two equal features."""
    train = rows["train"]
    embedding = flat(train["embedding"], sweep).astype(float)
    value, kurtosis = _problems(sweep)
    capacity = capacities(embedding)
    width = trained(sweep)[0].width
    best, _ = theory.water_filling(value[0], width, kurtosis[0])
    strengths = [theory.flattening_strengths(k) for k in kurtosis]
    envelope = theory.envelope_strength(value.max(1), kurtosis)
    curvature = [theory.saddle_curvature(v, width, k) for v, k in zip(value, kurtosis, strict=True)]
    settled = int(np.flatnonzero(train["phase"].values == SETTLED)[-1])
    slopes = [
        _slopes(w, v, k, c < sweep.params.ignored_below)
        for w, v, k, c in zip(
            embedding[:, settled], value, kurtosis, capacity[:, settled], strict=True
        )
    ]
    look = ("checkpoint",)
    found = dataset(
        sweep,
        {
            "capacity": ((*look, "feature"), capacity.astype(np.float32), "capacity"),
            "mono_share": (look, mono_share(capacity, sweep.params), "monosemantic share"),
            "width": widths(sweep),
            "loss": (
                look,
                theory.quadratic_loss(embedding, value[:, None], kurtosis[:, None]),
                "loss without the penalty",
            ),
            "unflatness": (look, (capacity * (1 - capacity)).sum(-1), "sum of C (1 - C)"),
            "strengths_pair": (
                ("state",),
                strengths,
                "strength that matters to two equal features",
            ),
            "strength_envelope": ((), envelope, "strength that is sufficient by the envelope"),
            "loss_best": (
                (),
                theory.feature_loss(best, value, kurtosis[:, None]).sum(-1),
                "loss of the optimal allocation",
            ),
            "loss_mono": ((), _mono_loss(sweep), "least loss without shared features"),
            "curvature": ((), curvature, "least second derivative without shared features"),
            "gradient_settled": ((), [g for g, _ in slopes], "largest slope of the loss, settled"),
            "curvature_settled": (
                (),
                [c for _, c in slopes],
                "least second derivative along an ignored feature, settled",
            ),
        },
        {"state": ["dedicated is metastable", "equal losses", "shared is unstable"]},
    )
    return found.assign_coords(
        {
            name: variable("checkpoint", train[name].values, train[name].attrs["long_name"], "1")
            for name in ("phase", "step")
        }
    )


def one_at_a_time(sweep: Any, rows: Rows) -> xr.Dataset:
    """Capacities and losses after each round of the penalty on one more feature."""
    mono = {"loss_mono": ((), _mono_loss(sweep), "least loss without shared features")}
    return dataset(sweep, _rounds(sweep, rows), shared=mono)


def masking(sweep: Any, rows: Rows) -> xr.Dataset:
    """Capacities and losses after each removal, and who survives."""
    found = _rounds(sweep, rows)
    chosen = np.asarray(found["chosen"][1])
    each = trained(sweep)
    value, kurtosis = _problems(sweep)
    n, width = each[0].n_features, each[0].width
    survives = np.stack([~np.isin(np.arange(n), c) for c in chosen])
    top = survives[:, :width].mean(1)  # values fall with the index
    start = np.asarray(found["capacity"][1])[:, 0]
    gain = theory.marginal_return(start, value, kurtosis[:, None])
    shared = (start > sweep.params.ignored_below) & (start < sweep.params.dedicated_above)
    among = np.where(shared, gain, np.nan)
    spread = (np.nanmax(among, 1) - np.nanmin(among, 1)) / np.nanmean(among, 1)
    left = np.where(survives, np.asarray(found["capacity"][1])[:, -1], np.nan)
    found |= {
        "survivors_top": ((), top, "most valuable features that survive"),
        "capacity_survivors": ((), np.nanmin(left, 1), "smallest capacity of a survivor"),
        "return_spread": ((), spread, "relative spread of the returns of shared features"),
    }
    return dataset(sweep, found)


def mono_share(capacity: Array, params: Any) -> Array:
    """Share of the represented features that are dedicated, over the last axis."""
    represented = (capacity > params.ignored_below).sum(-1)
    return (capacity > params.dedicated_above).sum(-1) / np.maximum(represented, 1)


def _rounds(sweep: Any, rows: Rows) -> dict[str, tuple[tuple[str, ...], Any, str]]:
    embedding = flat(rows["train"]["embedding"], sweep)
    chosen = flat(rows["train"]["chosen"], sweep)
    capacity = capacities(embedding)
    value, kurtosis = _problems(sweep)
    remaining = np.ones_like(capacity)
    if sweep.name == "masking":
        for number in range(1, chosen.shape[1]):
            remaining[np.arange(len(chosen)), number:, chosen[:, number]] = 0.0
    left = remaining * value[:, None]
    loss = theory.quadratic_loss(embedding, left, kurtosis[:, None])
    return {
        "capacity": (("round", "feature"), capacity, "capacity"),
        "chosen": (("round",), chosen, "feature chosen in a round, -1 for none"),
        "width": widths(sweep),
        "loss": (("round",), loss, "loss on the features that are left"),
        "mono_share": (("round",), mono_share(capacity, sweep.params), "monosemantic share"),
    }


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


def _problems(sweep: Any) -> tuple[Array, Array]:
    """Values (cell, feature) and kurtosis (cell,)."""
    each = trained(sweep)
    return np.stack([values(p) for p in each]), np.array([p.kurtosis for p in each])


def _mono_loss(sweep: Any) -> Array:
    """Loss with the most valuable features dedicated and the others ignored: (cell,)."""
    value, kurtosis = _problems(sweep)
    ignored = np.sort(value, axis=1)[:, : -trained(sweep)[0].width]
    return theory.null_loss(ignored, kurtosis)

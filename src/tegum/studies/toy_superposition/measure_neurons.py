"""What the neurons of the models that compute serve, and which features are computed.

Every variable has the axes of the sweep first. Along `control`, `permuted` has the weights that
`tegum.controls.weights.permute_pairs` shuffles.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.controls.weights import permute_pairs
from tegum.labels import coordinate, variable
from tegum.metrics import neurons as metric
from tegum.studies.toy_superposition.tied import importances, probabilities
from tegum.theory.toy import null_loss

CONTROLS = ("none", "permuted")

Array = NDArray[Any]
Parts = dict[str, tuple[tuple[str, ...], Array, str]]
"""Variable to inner dims, values (cell, inner...), long name."""


def measure(sweep: Any, train: xr.Dataset) -> xr.Dataset:
    """Measure one sweep of models with hidden neurons."""
    axes, shape = tuple(sweep.axes), tuple(len(v) for v in sweep.axes.values())
    rows = train.stack(cell=axes, create_index=False).transpose("cell", ...).astype(float)
    found = _losses(sweep.cells, rows) | _neurons(sweep.cells, rows)
    coords: dict[str, xr.Variable] = {a: train[a].variable for a in axes}
    coords |= {n: train[n].variable for n in ("hidden", "feature", "restart")}
    coords["control"] = coordinate("control", np.array(CONTROLS, dtype=object), "control")
    return xr.Dataset(
        {
            name: variable(
                (*axes, *dims),
                values.reshape(*shape, *values.shape[1:]).astype(np.float32),
                long_name,
                "1",
            )
            for name, (dims, values, long_name) in found.items()
        },
        coords,
    )


def _losses(cells: Sequence[Any], rows: xr.Dataset) -> Parts:
    """Losses over those of the best constants."""
    sections = [c.upstream["train"] for c in cells]
    chance = np.stack([probabilities(p) for p in sections])
    weight = np.stack([importances(p) for p in sections])
    null = null_loss(chance, weight)
    ratio = rows["feature_loss"].values / null_loss(chance[..., None], np.ones(1))
    loss = rows["restart_loss"].values / null[:, None]
    untrained = (rows["untrained_feature_loss"].values * weight).sum(1) / null
    return {
        "feature_loss_ratio": (("feature",), ratio, "loss of a feature / null loss"),
        "n_computed": ((), (ratio < metric.COMPUTED).sum(1), "computed features"),
        "restart_loss_ratio": (("restart",), loss, "loss / null loss"),
        "loss_ratio": ((), loss.min(1), "loss / null loss, best restart"),
        "untrained_loss_ratio": ((), untrained, "loss / null loss, before training"),
    }


def _neurons(cells: Sequence[Any], rows: xr.Dataset) -> Parts:
    """Neurons of the best restart, and of its permuted weights: (cell, control, ...)."""
    found = []
    for cell, one, two in zip(cells, rows["encoder"].values, rows["decoder"].values, strict=True):
        found.append(((one, two), permute_pairs(one, two, cell.stream("control"))))
    encoder, decoder = (np.array([[w[i] for w in kinds] for kinds in found]) for i in (0, 1))
    gain = metric.gains(encoder, decoder)
    mono, poly = metric.monosemantic(gain), metric.polysemantic(gain)
    by = ("control",)
    return {
        "gain": (("hidden", "feature"), gain[:, 0], "gain of a neuron on a feature"),
        "participation": ((*by, "hidden"), metric.participation(gain), "features per neuron"),
        "n_mono": (by, mono.sum(-1), "monosemantic neurons"),
        "n_poly": (by, poly.sum(-1), "polysemantic neurons"),
        "n_represented": (by, metric.represented(gain).sum(-1), "represented features"),
        "n_shared": (by, metric.shared(gain).sum(-1), "features in polysemantic neurons only"),
        "distinct_pairs": (by, metric.distinct_pairs(gain), "whether features are pairs"),
        "sign_pairs": (
            by,
            metric.sign_pairs(encoder, decoder).mean(-1),
            "share of features with a neuron for each sign",
        ),
        "n_motif": (by, metric.asymmetric_motif(encoder, decoder).sum(-1), "asymmetric motifs"),
        "rank_mono": (by, _mean_rank(gain, mono), "mean rank of features in monosemantic neurons"),
        "rank_poly": (by, _mean_rank(gain, poly), "mean rank of features in polysemantic neurons"),
    }


def _mean_rank(gain: Array, neurons: Array) -> Array:
    """Mean index, which is the rank of importance, of what these neurons carry; NaN if nothing."""
    carried = (gain > metric.CARRIED) & neurons[..., None]
    count = carried.sum((-2, -1))
    total = (carried * np.arange(gain.shape[-1])).sum((-2, -1))
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)

"""Figures of the sampled networks: architectures against sparsity, and layers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Figure, theme
from tegum.labels import coordinate

Data = Mapping[str, xr.Dataset]

SEEDS = "Mean over five seeds with the 95 % bootstrap interval."


def _architectures(data: Data) -> Any:
    ds = data["architectures"]
    trained = ds[["shared_share", "loss_ratio", "capacity_sum"]].sel(control="none", drop=True)
    fresh = ds[["shared_share", "capacity_sum"]].sel(control="untrained", drop=True)
    fresh = fresh.isel(architecture=[0]).assign_coords(architecture=["untrained"])
    look: Any = {"logx": True, "markers": True}
    panels = []
    for name in ("shared_share", "capacity_sum", "loss_ratio"):
        table = trained[[name]]
        if name in fresh:
            table = xr.concat([table, fresh[[name]]], "architecture", combine_attrs="override")
        names = coordinate("architecture", table.architecture.values, "architecture")
        table = table.assign_coords(architecture=names)
        control = {"control": "untrained"}
        more: Any = {"logy": True} if name == "loss_ratio" else control
        panels.append(
            theme.band(table, name, "feature_probability", "architecture", **look, **more)
        )
    return theme.layout(*panels, columns=1)


def _block_sizes(data: Data) -> Any:
    ds = data["architectures"]
    size = ds.block_dimension.sel(control="none", drop=True).median("feature", keep_attrs=True)
    table = xr.Dataset({"block_dimension": size})
    look: Any = {"logx": True, "markers": True}
    return theme.band(table, "block_dimension", "feature_probability", "architecture", **look)


def _layers(data: Data) -> Any:
    ds = data["layers"]
    number = coordinate("layer", np.arange(1, ds.sizes["layer"] + 1), "layer")
    models = coordinate("control", ["trained", "untrained"], "weights")
    probability = float(ds.feature_probability.values[ds.sizes["feature_probability"] // 2])
    ds = ds.assign_coords(layer=number, control=models)
    total = ds[["capacity_sum"]].mean("feature_probability", keep_attrs=True)
    spread = ds[["return_spread"]].median("feature_probability", keep_attrs=True)
    one = ds[["capacity"]].sel(control="trained", feature_probability=probability, drop=True)
    return theme.layout(
        theme.band(one, "capacity", "feature", "layer"),
        theme.intervals(total, "capacity_sum", "layer", "control", control="untrained"),
        theme.intervals(
            spread, "return_spread", "layer", "control", control="untrained", logy=True
        ),
        columns=1,
    )


NETWORKS = {
    "architectures": Figure(
        caption=(
            "Forty features of value 0.95^i in ten neurons, by the probability that a feature is "
            "active: share of shared features (capacity between 0.05 and 0.95), sum of "
            "capacities, and loss over that of the best constant. Quadratic: exact loss; square, "
            "relu, gelu: a layer and a linear readout of the same target, trained on samples; "
            f"tied_relu: reconstruction of the features. Grey: untrained weights. {SEEDS}"
        ),
        shows=(
            "Every architecture shares more as features get sparser, from less than a quarter of "
            "them to all. The exact quadratic model shares nothing at probability 0.6 and above, "
            "where the sampled networks share an eighth to a quarter. Losses fall with sparsity."
        ),
        surprise=(
            "Between probabilities 1 and 0.6 the share of the GELU networks falls in some seeds, "
            "so that the published monotony is undecided there. ReLU networks leave a fifth of "
            "their capacity unused at every sparsity, as untrained weights do, and still have "
            "about the losses of the others."
        ),
        draw=_architectures,
    ),
    "block_sizes": Figure(
        caption=(
            "Dimensions of the block of a shared feature (sum of its capacities; blocks join "
            "features with |cos| above 0.25), median over features, by architecture and the "
            "probability that a feature is active. Nothing is shared where a point is missing. "
            f"{SEEDS}"
        ),
        shows=(
            "At probability 0.1 and below the shared features of every architecture are in one "
            "block of nearly all dimensions that are used. At 0.3 the tied ReLU model alone has "
            "blocks of one dimension: antipodal pairs."
        ),
        surprise=(
            "Small blocks do not mark the tied model in general: at 0.6 and above all sampled "
            "networks have some, and from 0.1 down, with forty features in ten dimensions, the "
            "overlaps of the tied model join everything."
        ),
        draw=_block_sizes,
    ),
    "layers": Figure(
        caption=(
            "Networks of three hidden ReLU layers that reconstruct 24 features of value 0.93^i "
            "from eight neurons. Capacities of the features in each layer (probability 0.1), sums "
            "of capacities by layer, and spread of the marginal returns of shared features "
            "(standard deviation / |mean|, median over three probabilities); grey: untrained. "
            f"{SEEDS}"
        ),
        shows=(
            "All layers represent about the first ten features; later layers hardly anything "
            "else. The returns of shared features differ by as much as their mean in each layer, "
            "far less than with untrained weights, yet not one level."
        ),
        surprise=(
            "Less than two thirds of the eight dimensions are used in the first layer and a third "
            "in the last, and untrained weights lose capacity with depth as fast: most of the "
            "fall is not learnt."
        ),
        draw=_layers,
    ),
}

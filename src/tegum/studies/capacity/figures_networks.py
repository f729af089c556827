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
        shows="tbd",
        surprise="tbd",
        draw=_architectures,
    ),
    "block_sizes": Figure(
        caption=(
            "Dimensions of the block of a shared feature (sum of its capacities; blocks join "
            "features with |cos| above 0.25), median over features, by architecture and the "
            "probability that a feature is active. Nothing is shared where a point is missing. "
            f"{SEEDS}"
        ),
        shows="tbd",
        surprise="tbd",
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
        shows="tbd",
        surprise="tbd",
        draw=_layers,
    ),
}

"""Figures of the study `readout`, drawn from its measure Datasets."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Figure, theme
from tegum.labels import coordinate, variable
from tegum.metrics import readout as law
from tegum.studies.readout.claims_dictionaries import excess_gain, excess_recovered

Data = Mapping[str, xr.Dataset]
FLAT = {"n_active": 1, "n_dimensions": 2}
"""One of n features in two dimensions."""


def _loss(data: Data) -> Any:
    ds = data["regression"].sel(control="none")
    panel = theme.band(
        ds, "loss_ratio", "feature_probability", "readout", logx=True, markers=True, ylim=(0, None)
    )
    return theme.overlay(panel, theme.reference_line(1.0))


def _divergence(data: Data) -> Any:
    ds = data["softmax"].sel(control="none")
    mean = ds[["divergence"]].mean("seed", keep_attrs=True)
    mean["n_active"].attrs["long_name"] = "active features k"
    mean["n_dimensions"].attrs["long_name"] = "dimensions m"
    panels = []
    for with_bias in ds["with_bias"].values:
        panel = theme.heatmap(
            mean.sel(with_bias=with_bias),
            "divergence",
            "n_active",
            "n_dimensions",
            logy=True,
            limits=(0.0, 1.0),
            title="with a bias: line at 2k − 1" if with_bias else "without a bias: line at 2k",
        )
        panels.append(theme.overlay(panel, _necessary(ds, bool(with_bias))))
    return theme.layout(*panels)


def _necessary(ds: xr.Dataset, with_bias: bool) -> Any:
    k = ds["n_active"].values
    least = [law.necessary_dimensions(int(n), with_bias) for n in k]
    line = xr.Dataset(
        {"least": variable(("series", "n_active"), [least], "m", "1")},
        {"series": ["necessary"], "n_active": coordinate("n_active", k, "k")},
    )
    look: Any = {"control": "necessary", "legend": None, "logy": True, "markers": True}
    return theme.curves(line, "least", "n_active", "series", **look)


def _gram(data: Data) -> Any:
    rare = float(data["regression"]["feature_probability"].min())
    sparse = data["regression"].sel(feature_probability=rare)
    shown = {
        f"linear, p = {rare:g}": sparse.sel(readout="linear"),
        f"ReLU, p = {rare:g}": sparse.sel(readout="relu"),
        "ReLU, one of n": data["one_hot"],
        "softmax, one of n": data["softmax"].sel(with_bias=True, **FLAT),
    }
    panels = []
    for title, ds in shown.items():
        gram = _by_angle(ds["gram"].sel(control="none"))
        look: Any = {"centre": 0.0, "limits": (-1.0, 1.0), "title": title}
        panels.append(theme.heatmap(gram, "gram", "feature_other", "feature", **look))
    return theme.layout(*panels)


def _by_angle(gram: xr.DataArray) -> xr.Dataset:
    """Features in the order of their angle in the plane of the two largest eigenvalues."""
    values = gram.values
    plane = np.linalg.eigh(values)[1][:, -2:]
    order = np.argsort(np.arctan2(plane[:, 0], plane[:, 1]))
    return gram.copy(data=values[np.ix_(order, order)]).to_dataset(name="gram")


def _angles(data: Data) -> Any:
    softmax = data["softmax"].sel(with_bias=True, **FLAT)
    sparse = data["regression"].sel(readout="relu")
    rare = float(sparse["feature_probability"].min())
    flat = {
        "softmax": softmax["angle_density"].sel(control="none"),
        "ReLU": data["one_hot"]["angle_density"].sel(control="none"),
        "untrained": softmax["angle_density"].sel(control="untrained"),
    }
    several = sparse["angle_density"].sel(feature_probability=rare)
    crowded = {"ReLU": several.sel(control="none"), "untrained": several.sel(control="untrained")}
    return theme.layout(
        _densities(flat, "one of n features, m = 2"),
        _densities(crowded, f"independent features, p = {rare:g}, m = 5"),
    )


def _densities(series: Mapping[str, xr.DataArray], title: str) -> Any:
    bare = [values.reset_coords(drop=True) for values in series.values()]
    names = coordinate("readout", list(series), "readout")
    both = xr.concat(bare, "readout", combine_attrs="override").assign_coords(readout=names)
    table = both.to_dataset(name="angle_density")
    return theme.band(
        table, "angle_density", "angle", "readout", control="untrained", markers=True, title=title
    )


def _expansion(data: Data) -> Any:
    ds = data["expansion"]
    stacked = ds[["variance_unexplained"]].stack(series=("dataset", "control"))
    names = {"none": "", "gaussian": "Gaussian of "}
    labels = [f"{names[c]}{d}" for d, c in stacked["series"].values]
    flat = stacked.drop_vars(["series", "dataset", "control"])
    flat = flat.assign_coords(series=variable("series", labels, "data", "1"))
    noise = [label for label in labels if label.startswith("Gaussian")]
    left = theme.band(
        flat,
        "variance_unexplained",
        "expansion",
        "series",
        control=noise[1:],
        logx=True,
        markers=True,
    )
    table = xr.concat([excess_gain(ds), excess_gain(ds, None)], "over")
    rows = table.sel(dataset="superposed").isel(over=0), table.sel(dataset="orthonormal")
    parts = [rows[0], rows[1].isel(over=0), rows[1].isel(over=1)]
    whole = xr.concat([p.reset_coords(drop=True) for p in parts], "series")
    whole.attrs = {"long_name": "excess gain D(e)", "units": "1"}
    kinds = ["superposed", "orthonormal", "orthonormal, own Gaussian"]
    gains = whole.assign_coords(series=variable("series", kinds, "data", "1"))
    right = theme.band(
        gains.to_dataset(name="excess"),
        "excess",
        "expansion",
        "series",
        control=kinds[2],
        logx=True,
        markers=True,
    )
    return theme.layout(left, theme.overlay(right, theme.reference_line(0.0)))


def _recovered(data: Data) -> Any:
    ds = data["hidden"]
    panels = []
    for readout in ds["readout"].values:
        panels.append(
            theme.band(
                ds.sel(readout=readout),
                "cross_entropy_recovered",
                "expansion",
                "control",
                control="gaussian",
                labels={"none": "activations", "gaussian": "their Gaussian"},
                logx=True,
                markers=True,
                title=f"{readout} readout",
            )
        )
    excess = excess_recovered(ds)
    excess.attrs = {"long_name": "excess gain in recovered cross-entropy", "units": "1"}
    last = theme.band(
        excess.to_dataset(name="excess"), "excess", "expansion", "readout", logx=True, markers=True
    )
    return theme.layout(*panels, theme.overlay(last, theme.reference_line(0.0)), columns=3)


_SEEDS = "Mean over 5 seeds with the 95 % bootstrap interval."
FIGURES = {
    "loss": Figure(
        caption="Squared error over the bound of principal components against the feature "
        f"probability, for tied models of 20 features in 5 dimensions. {_SEEDS}",
        shows="PLACEHOLDER shows shows shows",
        surprise="PLACEHOLDER shows shows shows",
        draw=_loss,
    ),
    "divergence": Figure(
        caption="Divergence from the target in units of that of equal logits, for k of 20 features "
        "in m dimensions before a softmax: mean over 5 seeds. Dashed: the necessary number of "
        "dimensions.",
        shows="PLACEHOLDER shows shows shows",
        surprise="PLACEHOLDER shows shows shows",
        draw=_divergence,
    ),
    "gram": Figure(
        caption="Inner products of the embeddings of 20 features over their mean squared norm, one "
        "seed, in the order of the angle in the plane of the two largest eigenvalues. Independent "
        "features in 5 dimensions; one of n in 2.",
        shows="PLACEHOLDER shows shows shows",
        surprise="PLACEHOLDER shows shows shows",
        draw=_gram,
    ),
    "angles": Figure(
        caption="Density of the angles between the embeddings of 20 features, and of untrained "
        f"ones. {_SEEDS}",
        shows="PLACEHOLDER shows shows shows",
        surprise="PLACEHOLDER shows shows shows",
        draw=_angles,
    ),
    "expansion": Figure(
        caption="Left: unexplained variance of TopK dictionaries against their expansion, on "
        "held-out samples of 32 orthonormal or 128 superposed features in 32 dimensions, and of "
        "Gaussians of their covariances. Right: how much more variance than the Gaussian of the "
        f"superposed data they gain over expansion 1. {_SEEDS}",
        shows="PLACEHOLDER shows shows shows",
        surprise="PLACEHOLDER shows shows shows",
        draw=_expansion,
    ),
    "recovered": Figure(
        caption="Share of the cross-entropy that reconstructions of a hidden layer recover, "
        "against the expansion of their dictionary, fitted to the activations or to a Gaussian of "
        "their covariance, for heads trained on the squared error (linear) and on the "
        "cross-entropy (softmax). Right: the gain over expansion 1 less that of the Gaussian's. "
        f"{_SEEDS}",
        shows="PLACEHOLDER shows shows shows",
        surprise="PLACEHOLDER shows shows shows",
        draw=_recovered,
    ),
}

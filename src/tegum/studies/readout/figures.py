"""Figures of the study `readout`, drawn from its measure Datasets."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import figure, theme
from tegum.labels import at, coordinate, variable
from tegum.studies.readout.reading import excess_gain, excess_recovered
from tegum.theory import softmax as law

Data = Mapping[str, xr.Dataset]
SEEDS = "Mean over 5 seeds with the 95 % bootstrap interval."
FLAT = {"n_active": 1, "n_dimensions": 2, "with_bias": True}
"""One of n features in two dimensions, with a bias."""


@figure(
    caption="Squared error over the bound of principal components against the feature "
    f"probability, for tied models of 20 features in 5 dimensions. {SEEDS}",
    shows="The linear readout sits on the bound at every sparsity (c1_linear: "
    "{c1_linear.verdict}); the ReLU readout falls below it (c1_relu: {c1_relu.verdict}), the "
    "further the sparser the features (c1_sparser: {c1_sparser.verdict}). Superposition is worth "
    "nothing before the one and much before the other.",
    surprise="With dense features (p = 1) a ReLU readout does not even reach the bound in every "
    "run: the interval there is that of one model whose outputs are off on all samples.",
    sweeps=("regression",),
)
def loss(data: Data) -> Any:
    ds = data["regression"].sel(control="none")
    panel = theme.band(
        ds, "loss_ratio", "feature_probability", "readout", logx=True, markers=True, ylim=(0, None)
    )
    return theme.overlay(panel, theme.reference_line(1.0, "bound of PCA"))


@figure(
    caption="Divergence from the target in units of that of equal logits, for k of 20 features "
    "in m dimensions before a softmax: mean over 5 seeds, without interval. Dashed: the necessary "
    "number of dimensions.",
    shows="One of twenty features is told in two dimensions (c2_k1_divergence: "
    "{c2_k1_divergence.verdict}), two at a time in ten (c2_k2_ten: {c2_k2_ten.verdict}), in which "
    "three are not (c2_k3_ten: {c2_k3_ten.verdict}). A simplex, in 19, tells any number of them.",
    surprise="How far above the necessary number of dimensions training ends: by {c2_gap_two} of "
    "it for two features, by {c2_gap_three} for three; and that this grows with n, by {c2_growth} "
    "dimensions here. Points between which all angles are acute tell pairs, and are known for n "
    "up to 2^(m - 1) + 1 (Gerencsér and Harangi 2019); that would be m = 6 for twenty.",
    sweeps=("softmax",),
)
def divergence(data: Data) -> Any:
    ds = data["softmax"].sel(control="none")
    mean = ds[["divergence"]].mean("seed", keep_attrs=True)
    for axis, name in (("n_active", "active features k"), ("n_dimensions", "dimensions m")):
        # Text makes rows and columns of equal size.
        mean[axis] = coordinate(axis, [str(v) for v in ds[axis].values], name)
    panels = []
    for with_bias in ds["with_bias"].values:
        panel = theme.heatmap(
            mean.sel(with_bias=with_bias),
            "divergence",
            "n_active",
            "n_dimensions",
            limits=(0.0, 1.0),
            title="with a bias: line at 2k − 1" if with_bias else "without a bias: line at 2k",
        )
        panels.append(theme.overlay(panel, _necessary(ds, bool(with_bias))))
    return theme.layout(*panels)


def _necessary(ds: xr.Dataset, with_bias: bool) -> Any:
    """The necessary number of dimensions, in rows and columns of the heat map."""
    least = [law.necessary_dimensions(int(k), with_bias) for k in ds["n_active"].values]
    dims = ds["n_dimensions"].values
    rows = np.interp(least, dims, np.arange(len(dims)))
    line = xr.Dataset(
        {"least": variable(("series", "n_active"), [rows], "m", "1")},
        {"series": ["necessary"], "n_active": coordinate("n_active", np.arange(len(rows)), "k")},
    )
    look: Any = {"control": "necessary", "legend": None, "markers": True}
    return theme.curves(line, "least", "n_active", "series", **look)


@figure(
    caption="Inner products of the embeddings of 20 features over their mean squared norm, one "
    "seed, in the order of the angle in the plane of the two largest eigenvalues. Independent "
    "features in 5 dimensions; one of n in 2. No interval.",
    shows="Through a ReLU sparse features keep to two angles, while a linear readout ends in any "
    "rotation of the components; before the softmax all twenty lie around a circle.",
    surprise="On one of n features, where a polygon has no error (c3_relu_polygon: "
    "{c3_relu_polygon.verdict}), training the ReLU readout ends in a few bundles of equal "
    "directions and features that are dropped; the softmax keeps all apart on the same data.",
    sweeps=("regression", "one_hot", "softmax"),
)
def gram(data: Data) -> Any:
    rare = float(data["regression"]["feature_probability"].min())
    sparse = data["regression"].sel(feature_probability=rare)
    shown = {
        f"linear, p = {rare:g}": sparse.sel(readout="linear"),
        f"ReLU, p = {rare:g}": sparse.sel(readout="relu"),
        "ReLU, one of n": data["one_hot"],
        "softmax, one of n": at(data["softmax"], **FLAT),
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


@figure(
    caption="Density of the angles between the embeddings of 20 features, and of untrained "
    f"ones. {SEEDS}",
    shows="The ReLU readout prefers few angles, the softmax only forbids small ones.",
    surprise="Least cosine and mean |cos| of the softmax's embeddings, the published numbers, are "
    "those of random directions in the plane: untrained ones have a least cosine of "
    "{c3_least_cosine.control_estimate}, and are {c3_mean_cosine.control_estimate} from the "
    "published mean |cos|, trained ones {c3_mean_cosine}. What tells them apart is that no two "
    "are close.",
    sweeps=("regression", "one_hot", "softmax"),
)
def angles(data: Data) -> Any:
    softmax = at(data["softmax"], **FLAT)
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


def _doubled(ds: xr.Dataset) -> xr.Dataset:
    """Along log2 of the expansion."""
    values = np.log2(ds["expansion"].values)
    return ds.assign_coords(expansion=coordinate("expansion", values, "log2(expansion)"))


@figure(
    caption="Left: unexplained variance of TopK dictionaries against their expansion, on "
    "held-out samples of 32 orthonormal or 128 superposed features in 32 dimensions, and of "
    "Gaussians of their covariances. Right: how much more variance than the Gaussian of the "
    f"superposed data they gain over expansion 1. {SEEDS}",
    shows="Up to the expansion G/d = 4 superposed features gain {c4_excess} of the variance more "
    "than their Gaussian, and less beyond (c4_knee: {c4_knee.verdict}); orthonormal ones gain "
    "{c4_no_excess}.",
    surprise="Nothing: the Gaussian's unexplained variance falls with the expansion, without any "
    "features (c4_gaussian: {c4_gaussian.verdict}).",
    sweeps=("expansion",),
)
def expansion(data: Data) -> Any:
    ds = data["expansion"]
    stacked = ds[["fvu"]].stack(series=("dataset", "control"))
    names = {"none": "", "gaussian": "Gaussian of "}
    labels = [f"{names[c]}{d}" for d, c in stacked["series"].values]
    flat = stacked.drop_vars(["series", "dataset", "control"])
    flat = flat.assign_coords(series=variable("series", labels, "data", "1"))
    noise = [label for label in labels if label.startswith("Gaussian")]
    left = theme.band(
        _doubled(flat),
        "fvu",
        "expansion",
        "series",
        control=noise,
        markers=True,
        legend="top_right",
        ylim=(-0.05, 1.4),
    )
    table = xr.concat([excess_gain(ds), excess_gain(ds, None)], "over")
    rows = table.sel(dataset="superposed").isel(over=0), table.sel(dataset="orthonormal")
    parts = [rows[0], rows[1].isel(over=0), rows[1].isel(over=1)]
    whole = xr.concat([p.reset_coords(drop=True) for p in parts], "series")
    whole.attrs = {"long_name": "excess gain D(e)", "units": "1"}
    kinds = ["superposed", "orthonormal", "orthonormal, own Gaussian"]
    gains = whole.assign_coords(series=variable("series", kinds, "data", "1"))
    right = theme.band(
        _doubled(gains.to_dataset(name="excess")),
        "excess",
        "expansion",
        "series",
        markers=True,
        legend="top_left",
        ylim=(-0.15, 0.5),
    )
    return theme.layout(left, theme.overlay(right, theme.reference_line(0.0, "no gain")))


@figure(
    caption="Share of the cross-entropy that reconstructions of a hidden layer recover, "
    "against the expansion of their dictionary, fitted to the activations or to a Gaussian of "
    "their covariance, for heads trained on the squared error (linear) and on the "
    "cross-entropy (softmax). Right: the gain over expansion 1 less that of the Gaussian's. "
    f"{SEEDS}",
    shows="At expansion 4, G/d, dictionaries before a softmax have gained {c4_softmax} more than "
    "dictionaries that know no features (c4_softmax: {c4_softmax.verdict}); before a linear "
    "readout {c4_linear}.",
    surprise="How small that excess is, and that at other expansions there need be none: "
    "dictionaries of a Gaussian, which know no features, gain nearly as much when they are read "
    "on the same activations.",
    sweeps=("hidden",),
)
def recovered(data: Data) -> Any:
    ds = data["hidden"]
    names: dict[Any, str] = {"none": "activations", "gaussian": "their Gaussian"}
    look: Any = {"markers": True, "legend": "bottom_right"}
    panels = [
        theme.band(
            _doubled(ds.sel(readout=readout)),
            "cross_entropy_recovered",
            "expansion",
            "control",
            control="gaussian",
            labels=names,
            title=f"{readout} readout",
            ylim=(0.6, 1.0),
            **look,
        )
        for readout in ds["readout"].values
    ]
    excess = excess_recovered(ds)
    excess.attrs = {"long_name": "excess gain in recovered cross-entropy", "units": "1"}
    table = _doubled(excess.to_dataset(name="excess"))
    last = theme.band(table, "excess", "expansion", "readout", ylim=(-0.15, 0.1), **look)
    return theme.layout(
        *panels, theme.overlay(last, theme.reference_line(0.0, "no gain")), columns=3
    )

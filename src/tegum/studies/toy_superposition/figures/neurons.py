"""Models that compute: what each neuron serves, density by density."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.labels import at, coordinate, labelled, variable
from tegum.studies.toy_superposition.figures.shared import SEEDS, named
from tegum.studies.toy_superposition.reading import SOLUTIONS

DENSITY = "feature_probability"
GAIN = "gain (|input weight| x output weight, where that is positive)"
DRAWN = 0.05
"""Gain from which on a feature is drawn in its neuron's bar."""
NEAR = 1.01
"""Loss, over the least one, of a restart that is near the best."""


def _stacks(ds: xr.Dataset) -> Any:
    """Bars of one seed's neurons, the most important feature's first, one panel per density."""
    ds = ds.isel(seed=0)[["gain"]]
    ds["gain"].attrs["long_name"] = "summed gain"
    drawn = (ds["gain"] > DRAWN).any([d for d in ds["gain"].dims if d != "feature"])
    ds = ds.isel(feature=slice(int(np.flatnonzero(drawn).max()) + 1))
    rank = coordinate("feature", np.arange(1, ds.sizes["feature"] + 1), "rank of the feature")
    number = coordinate("hidden", np.arange(1, ds.sizes["hidden"] + 1), "neuron")
    panels = []
    for p in ds[DENSITY].values:
        one = ds.sel({DENSITY: p}, drop=True)
        order = one["gain"].argmax("feature").argsort().values
        one = one.isel(hidden=order).assign_coords(feature=rank, hidden=number)
        look: Any = {"title": f"feature probability {p:g}", "xlim": (0.4, number.size + 0.6)}
        panels.append(theme.stacks(one, "gain", "hidden", "feature", least=DRAWN, **look))
    return theme.layout(*panels)


def _trained(ds: xr.Dataset) -> xr.Dataset:
    return at(ds, control="none").drop_vars("control")


def _both(names: tuple[str, str], parts: tuple[xr.DataArray, xr.DataArray], what: str) -> Any:
    """Two counts of a sweep's models side by side, along `which`."""
    both = xr.concat(parts, "which", coords="minimal").transpose(DENSITY, "seed", "which")
    values = variable((DENSITY, "seed", "which"), both.values, what, "1")
    coords = {a: both[a].variable for a in (DENSITY, "seed")}
    coords["which"] = named("which", list(names), "")
    return xr.Dataset({"count": values}, coords)


@figure(
    caption="Absolute value, by feature probability: participation ratio of the neurons, mono- "
    "and polysemantic neurons, computed features (dashed line: half the number of neurons), "
    "and neurons in the asymmetric motif with inhibition; grey: permuted weights. "
    f"{SEEDS}",
    shows="Neurons turn from mono- to polysemantic as features get sparser (t25_majority: "
    "{t25_majority.verdict}); in the same range more features are computed, in the sparsest data "
    "{t26} more than half the number of neurons, and the asymmetric motif appears (t27_motif: "
    "{t27_motif.verdict}).",
    surprise="The participation in permuted weights rises as well, by {t25.control_estimate} "
    "against {t25.estimate}: sparse models have more gains that are not 0, which meet in a neuron "
    "hardly more than by chance. In the sparsest data fewer features may be computed than before; "
    "the figure of the minima says why.",
    sweeps=("abs_large",),
)
def neurons_by_density(data: Data) -> Any:
    ds = data["abs_large"]
    trained = _trained(ds)
    kinds = _both(("mono", "poly"), (trained["n_mono"], trained["n_poly"]), "number of neurons")
    meeting = ds[["participation"]].mean("hidden", keep_attrs=True)
    look: Any = {"logx": True, "markers": True}
    beside: Any = {**look, "by": "control", "control": "permuted"}
    neurons = ds.sizes["hidden"]
    computed = theme.band(ds[["n_computed"]], "n_computed", DENSITY, **look)
    return theme.layout(
        theme.band(meeting, "participation", DENSITY, **beside),
        theme.band(kinds, "count", DENSITY, "which", **look),
        theme.overlay(computed, theme.reference_line(neurons / 2, "half of the neurons")),
        theme.band(ds[["n_motif"]], "n_motif", DENSITY, **beside),
    )


@figure(
    caption="Absolute value: loss over that of the best constants and monosemantic neurons; "
    "left: sparse features (probability 0.01), by the standard deviation of the initial "
    "weights; right: with and without (grey) denser features in the first half of equally many "
    f"steps. {SEEDS}",
    shows="In the sparsest data the loss depends on how training starts: on the scale of the "
    "initial weights, and on denser features in the first half, which save a share of {t25_trap} "
    "of it.",
    surprise="The better minimum is the monosemantic one: after the dense start most neurons serve "
    "one feature, after a random start few. At this size the polysemantic neurons of sparse models "
    "are where training gets stuck, not what lowers the loss.",
    sweeps=("abs_start", "abs_warm"),
)
def absolute_value_minima(data: Data) -> Any:
    start, warm = (_trained(data[n]) for n in ("abs_start", "abs_warm"))
    names = {p: f"from {p:g}" for p in warm["warm_probability"].values.tolist()} | {0.0: "none"}
    panels = []
    for name in ("loss_ratio", "n_mono"):
        panels.append(theme.intervals(start, name, "initial_scale"))
        look: Any = {"control": 0.0, "labels": names}
        panels.append(theme.intervals(warm, name, DENSITY, "warm_probability", **look))
    return theme.layout(*panels)


@figure(
    caption="Identity by hidden ReLU neurons, best restart, by feature probability: "
    "monosemantic neurons and represented features, beside the published ones (grey); share "
    f"of a seed's restarts whose loss is at most {NEAR} of its least. {SEEDS}",
    shows="Share of seeds whose best model is the published solution, from dense to sparse: "
    "{t28_dense.estimate}, {t28_mixed.estimate}, {t28_few.estimate}, {t28_one.estimate}, "
    "{t28_sparse.estimate}, {t28_pairs.estimate}. Where it is not, the solution of a neighbouring "
    "range is found.",
    surprise="Ten features are reached in sparser data than published. There few restarts come "
    "near a seed's best loss, so that the best of them need not be the best there is.",
    sweeps=("hidden_relu",),
)
def hidden_relu(data: Data) -> Any:
    ds = data["hidden_relu"]
    trained = _trained(ds)
    panels = []
    for name, told in (
        ("n_mono", lambda s: s.mono),
        ("n_represented", lambda s: s.mono + s.shared),
    ):
        published = trained[name] * np.nan
        for s in SOLUTIONS:
            published = published.where(~s.inside(ds), told(s))
        names, what = ("found", "published"), str(ds[name].attrs["long_name"])
        both = _both(names, (trained[name], published), what)
        panels.append(theme.intervals(both, "count", DENSITY, "which", control="published"))
    loss = ds["restart_loss_ratio"]
    near = (loss <= NEAR * loss.min("restart")).mean("restart")
    table = labelled(near, "near", "share of restarts near the best")
    return theme.layout(*panels, theme.intervals(table, "near", DENSITY))


@figure(
    caption=f"Absolute value: {GAIN}, stacked over the features, of one seed's neurons (n = 1, "
    "no interval), sorted by their strongest feature; the darker, the more important.",
    shows="With dense features nearly every neuron serves one of them; in sparser data neurons "
    "take up a second, less important one, and in the end nearly all serve several, far down the "
    "ranks (t25_majority: {t25_majority.verdict}).",
    surprise="Dense models do not spread over all features that they could compute: several of "
    "their neurons serve the very first, though half as many features as there are neurons could "
    "have two neurons each.",
    sweeps=("abs_large",),
)
def neuron_stacks(data: Data) -> Any:
    return _stacks(data["abs_large"])


@figure(
    caption=f"Identity by hidden ReLU neurons: {GAIN}, stacked "
    "over the features, of the best restart of one seed (n = 1, no interval).",
    shows="From dense to sparse: neurons of one feature each; then some of one feature and some "
    "that share several; then all are shared, and in the sparsest data each feature has a pair of "
    "neurons.",
    surprise="At the published 0.04 a share of {t28_pairs.estimate} of the best models has ten "
    "features in ten pairs of neurons; they appear in sparser data.",
    sweeps=("hidden_relu",),
)
def hidden_relu_stacks(data: Data) -> Any:
    return _stacks(data["hidden_relu"])

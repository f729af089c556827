"""Models that compute: what each neuron serves, density by density."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Figure, theme
from tegum.labels import coordinate, variable
from tegum.studies.toy_superposition.claims_neurons import DENSITY, SOLUTIONS
from tegum.studies.toy_superposition.findings import Data

SEEDS = "Five seeds; bands are 95 % bootstrap intervals of the mean over seeds."
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


def _both(names: tuple[str, str], parts: tuple[xr.DataArray, xr.DataArray], what: str) -> Any:
    """Two counts of a sweep's models side by side, along `which`."""
    both = xr.concat(parts, "which", coords="minimal").transpose(DENSITY, "seed", "which")
    values = variable((DENSITY, "seed", "which"), both.values, what, "1")
    coords = {a: both[a].variable for a in (DENSITY, "seed")}
    coords["which"] = coordinate("which", np.array(names, dtype=object), "")
    return xr.Dataset({"count": values}, coords)


def _by_density(data: Data) -> Any:
    ds = data["abs_large"]
    trained = ds.sel(control="none", drop=True)
    kinds = _both(("mono", "poly"), (trained["n_mono"], trained["n_poly"]), "number of neurons")
    meeting = ds[["participation"]].mean("hidden", keep_attrs=True)
    look: Any = {"logx": True, "markers": True}
    beside: Any = {**look, "by": "control", "control": "permuted"}
    neurons = ds.sizes["hidden"]
    computed = theme.band(ds[["n_computed"]], "n_computed", DENSITY, **look)
    return theme.layout(
        theme.band(meeting, "participation", DENSITY, **beside),
        theme.band(kinds, "count", DENSITY, "which", **look),
        theme.overlay(computed, theme.reference_line(neurons / 2)),
        theme.band(ds[["n_motif"]], "n_motif", DENSITY, **beside),
    )


def _minima(data: Data) -> Any:
    start, warm = (data[n].sel(control="none", drop=True) for n in ("abs_start", "abs_warm"))
    names = {p: f"from {p:g}" for p in warm["warm_probability"].values.tolist()} | {0.0: "none"}
    panels = []
    for name in ("loss_ratio", "n_mono"):
        panels.append(theme.intervals(start[[name]], name, "initial_scale"))
        look: Any = {"control": 0.0, "labels": names}
        panels.append(theme.intervals(warm[[name]], name, DENSITY, "warm_probability", **look))
    return theme.layout(*panels)


def _hidden_relu(data: Data) -> Any:
    ds = data["hidden_relu"]
    trained = ds.sel(control="none", drop=True)
    panels = []
    for name, told in (
        ("n_mono", lambda s: s.mono),
        ("n_represented", lambda s: s.mono + s.shared),
    ):
        published = trained[name] * np.nan
        for s in SOLUTIONS:
            inside = (ds[DENSITY] >= s.low) & (ds[DENSITY] <= s.high)
            published = published.where(~inside, told(s))
        names, what = ("found", "published"), str(ds[name].attrs["long_name"])
        both = _both(names, (trained[name], published), what)
        panels.append(theme.intervals(both, "count", DENSITY, "which", control="published"))
    loss = ds["restart_loss_ratio"]
    near = (loss <= NEAR * loss.min("restart")).mean("restart")
    table = xr.Dataset({"near": near})
    table["near"].attrs = {"long_name": "share of restarts near the best", "units": "1"}
    return theme.layout(*panels, theme.intervals(table, "near", DENSITY))


FIGURES = {
    "neuron_stacks": Figure(
        caption=f"Absolute value: {GAIN}, stacked over the features, of one seed's neurons (n = 1, "
        "no interval), sorted by their strongest feature; the darker, the more important.",
        shows="Down to a probability of 0.2 nearly every neuron serves one feature; at 0.1 "
        "neurons begin to take up a second, less important one, and from 0.05 on nearly all serve "
        "several, down to features of rank 30.",
        surprise="Dense models do not use all of their neurons: at probability 1 the 20 neurons "
        "serve the first seven features, five of them the very first, though 10 features could "
        "have two neurons each.",
        draw=lambda data: _stacks(data["abs_large"]),
    ),
    "neurons_by_density": Figure(
        caption="Absolute value, by feature probability: participation ratio of the neurons, mono- "
        "and polysemantic neurons, computed features (dashed line: half the number of neurons), "
        "and neurons in the asymmetric motif with inhibition; grey: permuted weights. "
        f"{SEEDS}",
        shows="Neurons turn from mono- to polysemantic between probabilities of 0.2 and 0.05; the "
        "number of computed features rises past half the number of neurons, and the asymmetric "
        "motif appears, in the same range.",
        surprise="The control's participation rises almost as much, by 2.5 against 2.9, and at "
        "0.02 and below the intervals overlap: sparse models have more gains that are not 0, "
        "which meet in a neuron no more than by chance. At 0.01 fewer features are computed than "
        "at 0.02; the next figure says why.",
        draw=_by_density,
    ),
    "absolute_value_minima": Figure(
        caption="Absolute value: loss over that of the best constants and monosemantic neurons; "
        "left: sparse features (probability 0.01), by the standard deviation of the initial "
        "weights; right: with and without (grey) denser features in the first half of equally many "
        f"steps. {SEEDS}",
        shows="At probability 0.01 the loss depends on how training starts: it is lower from "
        "smaller initial weights, and two thirds lower after denser features, which bring it to "
        "the loss at probability 0.1.",
        surprise="The better minimum is the monosemantic one: after the dense start 18 of 20 "
        "neurons serve one feature, after a random start one does. At this size the polysemantic "
        "neurons of sparse models are where training gets stuck, not what lowers the loss.",
        draw=_minima,
    ),
    "hidden_relu_stacks": Figure(
        caption=f"Identity by hidden ReLU neurons: {GAIN}, stacked "
        "over the features, of the best restart of one seed (n = 1, no interval).",
        shows="From dense to sparse: five neurons of one feature each; three, and three features "
        "in two; two, and five features in three; then all are shared, and at 0.02 ten features "
        "each have another pair of neurons.",
        surprise="The pairs appear at 0.02, not at the published 0.04, where this seed's best "
        "model has eight features in two or three neurons each.",
        draw=lambda data: _stacks(data["hidden_relu"]),
    ),
    "hidden_relu": Figure(
        caption="Identity by hidden ReLU neurons, best restart, by feature probability: "
        "monosemantic neurons and represented features, beside the published ones (grey); share "
        f"of a seed's restarts whose loss is at most {NEAR} of its least. {SEEDS}",
        shows="The published solutions at 0.7, 0.3 and 0.06 are the best model of every seed; at "
        "0.15 and 0.12 that of some seeds, while the others found the solution of the next "
        "sparser range.",
        surprise="Ten features are reached at 0.02 (in ten different pairs of neurons in three of "
        "five seeds), not at 0.04. From 0.06 on only one or two of 32 restarts come within 1 % of "
        "a seed's best loss, so that the best of 32 need not be the best there is.",
        draw=_hidden_relu,
    ),
}

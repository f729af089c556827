"""Models that compute: what each neuron serves, density by density."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Figure, theme
from tegum.labels import coordinate, variable
from tegum.studies.toy_superposition.claims_neurons import DENSITY, SOLUTIONS
from tegum.studies.toy_superposition.findings import Data

SEEDS = "Five seeds; bands are 95 % bootstrap intervals of the mean over seeds."
GAIN = "gain, |input weight| x positive output weight of a neuron and a feature"
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
        shows="To be written from the laptop results.",
        surprise="To be written from the laptop results.",
        draw=lambda data: _stacks(data["abs_large"]),
    ),
    "neurons_by_density": Figure(
        caption="Absolute value, by feature probability: participation ratio of the neurons, mono- "
        "and polysemantic neurons, computed features (dashed line: half the number of neurons), "
        "and neurons in the asymmetric motif with inhibition; grey: permuted weights. "
        f"{SEEDS}",
        shows="To be written from the laptop results.",
        surprise="To be written from the laptop results.",
        draw=_by_density,
    ),
    "absolute_value_minima": Figure(
        caption="Absolute value: loss over that of the best constants and monosemantic neurons; "
        "left: sparse features (probability 0.01), by the standard deviation of the initial "
        "weights; right: with and without (grey) denser features in the first half of equally many "
        f"steps. {SEEDS}",
        shows="To be written from the laptop results.",
        surprise="To be written from the laptop results.",
        draw=_minima,
    ),
    "hidden_relu_stacks": Figure(
        caption=f"Identity by hidden ReLU neurons: {GAIN}, which is the squared weight, stacked "
        "over the features, of the best restart of one seed (n = 1, no interval).",
        shows="To be written from the laptop results.",
        surprise="To be written from the laptop results.",
        draw=lambda data: _stacks(data["hidden_relu"]),
    ),
    "hidden_relu": Figure(
        caption="Identity by hidden ReLU neurons, best restart, by feature probability: "
        "monosemantic neurons and represented features, beside the published ones (grey); share "
        f"of a seed's restarts whose loss is at most {NEAR} of its least. {SEEDS}",
        shows="To be written from the laptop results.",
        surprise="To be written from the laptop results.",
        draw=_hidden_relu,
    ),
}

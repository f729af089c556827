"""Figures of the study `circuits_in_superposition`, drawn from its measure Datasets."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import xarray as xr

from tegum.figures import figure, theme
from tegum.figures.series import as_series, worded
from tegum.labels import at

Data = Mapping[str, xr.Dataset]
SEEDS = "Five networks; bands are 95 % bootstrap intervals of the mean over them."
NAMES = {
    "layer": "layers passed",
    "n_circuits": "circuits T",
    "width": "neurons D",
    "n_active": "active circuits",
    "redundancy": "neurons for each small neuron S",
    "fan_in": "earlier circuits read",
}
_named = partial(worded, names=NAMES)


def _lawful(ds: xr.Dataset, name: str, law: str, by: str, x: str, **look: Any) -> Any:
    """A measure per value of `by` against `x`, each beside its law in grey."""
    measured = theme.band(ds, name, x, by, colours="viridis", **look)
    control = ds[by].values.tolist()
    logs = {key: look[key] for key in ("logx", "logy") if key in look}
    lines = theme.curves(ds.mean("seed"), law, x, by, control=control, legend=None, **logs)
    return theme.overlay(measured, lines)


@figure(
    caption="Error of active circuits (left) and rms of inactive ones (right) over the rms of "
    "active ones, against the number of layers passed, by number of circuits, in a network of "
    "1,024 neurons: upper row without correction, lower row with inactive circuits held at zero; "
    f"grey: the law. Four neurons a circuit, three active. {SEEDS}",
    shows="Without correction the variance that inactive circuits hold is multiplied by "
    "{f6_blows_up} per layer and the error grows by {f6_grows}. Held down they leak no more after "
    "all layers than before (ratio {f6_flat}), and the error follows the law within "
    "{f6_gated_law} in the logarithm.",
    surprise="With the correction the error still grows: its variance adds up layer by layer "
    "(linear: {f6_linear_in_depth.verdict}), since nothing restores the circuits that are active.",
    sweeps=("depth",),
)
def depth(data: Data) -> Any:
    panels = []
    for gated in (False, True):
        ds = _named(at(data["depth"], gated=gated))
        title = "held down" if gated else "no correction"
        look: Any = {"logy": not gated, "title": title}
        panels.append(_lawful(ds, "circuit_err", "law_err", "n_circuits", "layer", **look))
        panels.append(_lawful(ds, "leakage", "law_leakage", "n_circuits", "layer", **look))
    return theme.layout(*panels)


@figure(
    caption="Error after two layers (left) and rms of inactive circuits (right), over the rms of "
    "active ones, against the number of circuits, by width; grey: the law. Inactive circuits are "
    f"held down, three are active. {SEEDS}",
    shows="The number of circuits at which the error crosses the tolerance follows the law within "
    "{f6_capacity_law}; its exponent in the width is {f6_parameters} away from 2, that of "
    "parameters. The widest network holds {f6_more} times as many as could have neurons of their "
    "own.",
    surprise="Up to D / 4 S circuits nothing is shared and nothing is wrong "
    "({f6_apart.verdict}); leakage does not depend on the number of circuits beyond that, only "
    "what it adds up to does.",
    sweeps=("load",),
)
def load(data: Data) -> Any:
    ds = _named(data["load"].isel(layer=-1, drop=True))
    look: Any = {"logx": True}
    return theme.layout(
        _lawful(ds, "circuit_err", "law_err", "width", "n_circuits", ylim=(0.0, 1.2), **look),
        _lawful(ds, "leakage", "law_leakage", "width", "n_circuits", **look),
    )


@figure(
    caption="Error after two layers against the number of active circuits (left) and against the "
    "number of neurons on which each small neuron stands (right); grey: the law, and the error "
    f"when another circuit's output is read. 1,024 circuits, 1,024 neurons. {SEEDS}",
    shows="The exponent in the number active is {f6_active} away from a root "
    "({f6_active.verdict}). The error is the same whatever the redundancy, within "
    "{f6_redundancy} in the logarithm ({f6_redundancy.verdict}).",
    surprise="Redundancy buys no smaller error: more neurons for each average more, and host more. "
    "Longer tails at less redundancy: {f6_tail.verdict}.",
    sweeps=("active", "redundancy"),
)
def active(data: Data) -> Any:
    panels = []
    for sweep, x in (("active", "n_active"), ("redundancy", "redundancy")):
        ds = _named(data[sweep].isel(layer=-1, drop=True))
        names = {
            "measured": ds.circuit_err,
            "law": ds.law_err,
            "another circuit": ds.permuted_err,
        }
        table = as_series("of", names, "", ds.circuit_err)
        look: Any = {"logx": True, "logy": True, "control": ("law", "another circuit")}
        panels.append(theme.band(table, "value", x, "of", **look))
    return theme.layout(*panels)


@figure(
    caption="Error of circuits in series against the number of earlier circuits that each reads, "
    "with even use and with use by Zipf's law; grey: the laws. Left: after all four layers; right: "
    f"99th percentile of the error over its rms. 512 circuits, 1,024 neurons. {SEEDS}",
    shows="The error follows the law within {f6_series_law}; its exponent in the number read is "
    "{f6_fan_in} away from a root ({f6_fan_in.verdict}). Zipf's law of use changes it by "
    "{f6_use} in the logarithm (no change: {f6_use.verdict}).",
    surprise="Tails with Zipf's law minus even use: {f6_use_tail} ({f6_use_tail.verdict}). Hubs "
    "are active more often, so that fewer circuits are active at a time.",
    sweeps=("series",),
)
def series(data: Data) -> Any:
    ds = _named(data["series"].isel(layer=-1, drop=True))
    words = {0.0: "even", 1.0: "Zipf"}
    present = [e for e in words if e in ds.use_exponent.values]
    errors = {words[e]: at(ds.circuit_err, use_exponent=e) for e in present}
    errors |= {f"{words[e]}, law": at(ds.law_err, use_exponent=e) for e in present}
    tails = {words[e]: at(ds.err_quantile, use_exponent=e) for e in present}
    look: Any = {"logx": True, "markers": True}
    laws = [f"{words[e]}, law" for e in present]
    left = as_series("of", errors, "use", ds.circuit_err)
    right = as_series("of", tails, "use", ds.err_quantile)
    return theme.layout(
        theme.band(left, "value", "fan_in", "of", logy=True, control=laws, **look),
        theme.band(right, "value", "fan_in", "of", **look),
    )

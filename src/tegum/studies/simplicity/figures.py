"""Figures of `simplicity`."""

from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.figures.series import as_series, worded
from tegum.labels import at, labelled, variable

SEEDS = "Dots are means over seeds, bars 95 % intervals of them"
NAMES = {
    "weight_scale": "scale of weights",
    "halvings": "halvings of the width",
    "network": "widths / rank",
    "exponents": "exponents k1-k2",
    "bias_offset": "initial bias",
}
_named = partial(worded, names=NAMES)


def _beside(
    parts: dict[str, xr.DataArray],
    what: str,
    x: str,
    control: list[str],
    units: str = "1",
    panel: Any = theme.intervals,
    **look: Any,
) -> Any:
    """A panel of arrays side by side along `x`."""
    table = as_series("of", parts, "")["value"].assign_attrs(long_name=what, units=units)
    return panel(_named(table.to_dataset()), "value", x, "of", control=control, **look)


def _traces(ds: xr.Dataset, by: str) -> Any:
    """Losses along the draws."""
    part = variable("part", ds["part"].values, "part of the draws", "1")
    return theme.band(ds[["trace"]].assign_coords(part=part), "trace", "part", by)


@figure(
    caption="log2 of the probability of a Boolean function of seven bits under random parameters "
    "against its Lempel-Ziv complexity, the 64 most frequent functions of each of five seeds; "
    "10,000 draws each. Grey: the bound, its offset that of the first seed. Left perceptron, right "
    "ReLU network of two hidden layers.",
    shows="The rank correlation of a perceptron's frequent functions is {i1_correlation}; the "
    "rarer constant is {i1_constants} bits more probable than any other function of the ReLU "
    "network.",
    surprise="The bound is loose nearly everywhere: it has to let the most probable functions "
    "through, which are not the simplest ones (slope: {i1_slope.verdict}).",
    sweeps=("architectures",),
)
def probability(data: Data) -> Any:
    ds = data["architectures"]
    panels = []
    for architecture in ("perceptron", "relu"):
        here = at(ds, architecture=architecture)
        drawn = labelled(xr.apply_ufunc(np.log2, here["prob"]), "log_p", "log2 P")
        drawn["complexity"] = here["complexity"]
        drawn = drawn.reset_coords(drop=True).stack(all=("seed", "function_rank"))
        drawn = drawn.reset_index("all", drop=True).dropna("all")
        points = theme.scatter(drawn, "log_p", "complexity", title=architecture)
        first = here.isel(seed=0)
        ends = np.linspace(0.0, 130.0, 27)
        allowed = np.minimum(-float(first["bound_slope"]) * ends - float(first["bound_offset"]), 0)
        shown = allowed > np.log2(float(np.nanmin(here["prob"].values))) - 1.0
        line = xr.Dataset(
            {"allowed": variable(("complexity",), allowed[shown], "log2 P", "1")},
            {"complexity": variable("complexity", ends[shown], "K", "bits")},
        )
        bound = line.expand_dims(of=["bound"])
        curve = theme.curves(bound, "allowed", "complexity", "of", control="bound", legend=None)
        panels.append(theme.overlay(points, curve))
    return theme.layout(*panels)


@figure(
    caption="Mean complexity of functions that are not constant, by architecture (left) and by the "
    "scale of tanh networks' weights (right), beside that of the same values shuffled over inputs "
    f"and of random strings. Five seeds. {SEEDS}.",
    shows="ReLU networks draw functions {i1_simple} bits simpler than random strings, and "
    "{i1_beyond_ones} simpler than strings with as many ones. From scale 1 to 4 of the weights the "
    "gap falls by {i1_chaos} bits.",
    surprise="At small biases the gap is smaller by {i1_less} bits ({i1_less.verdict}), as strings "
    "with as many ones are.",
    sweeps=("architectures", "weights"),
)
def gap(data: Data) -> Any:
    panels = []
    for sweep, x in (("architectures", "architecture"), ("weights", "weight_scale")):
        ds = data[sweep]
        names = {"mean": "functions", "shuffled": "shuffled", "random": "random"}
        parts = {text: ds[f"{name}_complexity"] for name, text in names.items()}
        panels.append(_beside(parts, "mean complexity", x, ["shuffled", "random"], "bits"))
    return theme.layout(*panels)


@figure(
    caption="Left: mean distance of frequent functions below the bound. Right: share of simple "
    "functions (of at most three bits, or parities) that are at least four bits below the bound, "
    "of those so simple that this would show; and that were drawn at all, of those with K of at "
    "most 35 bits. By architecture, seven bits, 10,000 draws, "
    f"five seeds. {SEEDS}.",
    shows="The mean distance differs by {tightness} bits between architectures. A ReLU network "
    "leaves {hated} of the simple functions far below the bound, of those that it drew "
    "{hated.control_estimate}.",
    surprise="Simple by Lempel and Ziv is not simple for a network: the order of the inputs makes "
    "a string periodic, and no network knows that order.",
    sweeps=("architectures",),
)
def tight(data: Data) -> Any:
    ds = _named(at(data["architectures"], architecture=["perceptron", "relu", "tanh", "deep_relu"]))
    parts = {"far below the bound": ds["simple_far"], "drawn": ds["simple_drawn"]}
    return theme.layout(
        theme.intervals(ds, "bound_gap", "architecture"),
        _beside(parts, "share of simple functions", "architecture", []),
    )


@figure(
    caption="Bits that specify a region of the unit square beyond log2(1 / volume), against the "
    "halvings of its width, by shape: with squares (left), with turned rectangles (right). Exact.",
    shows="The bits per halving deviate from two for squares, one for strips in the language's "
    "direction and one and a half for an arc by {bits_of_strips}; searches over all cells agree "
    "({bits_of_cells.verdict}).",
    surprise="A crossing costs the bits of its widest arm: it has more volume than that, by the "
    "logarithm that is its multiplicity.",
    sweeps=("regions",),
)
def regions(data: Data) -> Any:
    ds = _named(data["regions"])
    beyond = "beyond log2(1 / volume)", "bits"
    table = labelled(ds["bits"] - ds["volume_bits"], "excess", *beyond)
    table = table.assign_coords(halvings=ds["halvings"])
    panels = []
    for language in ("squares", "turned"):
        look: Any = {"markers": True, "title": language}
        panels.append(
            theme.curves(at(table, language=language), "excess", "halvings", "shape", **look)
        )
    return theme.layout(*panels)


@figure(
    caption="Left: local learning coefficient of normal crossings by Langevin dynamics, beside the "
    "expectation under the same data by integration and the threshold. Right: of a quadratic by "
    "the size of steps, beside the law for steps of this size and for infinitely small ones. Eight "
    f"data sets, ten chains. {SEEDS}.",
    shows="The estimates are within {i2_sampled} of the integral; where the multiplicity is two "
    "they are {i2_multiplicity} of the threshold below it. Finite steps follow their law within "
    "{i2_steps}.",
    surprise="What is missing from the threshold is no failure of the chains: the integral has it "
    "as well, and it vanishes only as the logarithm of the number of samples.",
    sweeps=("crossings", "steps"),
)
def crossings(data: Data) -> Any:
    ds, steps = _named(data["crossings"]), _named(data["steps"])
    left = {"integral": ds["expected"], "threshold": ds["rlct"]}
    right = {"law of steps": steps["discretised"], "small steps": steps["expected"]}
    look: Any = {"panel": theme.band, "logx": True}
    panels = []
    for found, x, controls, how in ((ds, "exponents", left, {}), (steps, "step_size", right, look)):
        parts = {"Langevin": found["llc"].mean("chain"), **controls}
        panels.append(_beside(parts, "learning coefficient", x, list(controls), **how))
    return theme.layout(*panels)


@figure(
    caption="Left: local learning coefficient of linear networks from the truth and from the "
    "maximum of the likelihood, beside the threshold and half the number of parameters. Right: "
    "loss above the start times n beta along the draws, chains from the truth; the threshold is "
    f"what the mean estimates. Five data sets, four chains. {SEEDS}.",
    shows="Estimates from the truth deviate from the threshold by at most {i3_close}, relatively, "
    "and are ordered as they are with a rank correlation of {i3_ordered}. From the maximum of the "
    "likelihood they are higher by at least {i3_fitted}.",
    surprise="No estimate reaches half the number of parameters, not even where the rank is full: "
    "layers can be rescaled into each other.",
    sweeps=("linear",),
)
def linear(data: Data) -> Any:
    ds = _named(data["linear"])
    truth = at(ds, start="truth")
    parts = {
        "from the truth": truth["llc"].mean("chain"),
        "from the fit": at(ds["llc"], start="fitted").mean("chain"),
        "threshold": truth["rlct"],
        "parameters / 2": truth["half_parameters"],
    }
    panel = _beside(parts, "learning coefficient", "network", list(parts)[2:])
    return theme.layout(panel, _traces(truth, "network"))


@figure(
    caption="Left: local learning coefficient of trained two-layer models of the study "
    "monosemanticity, by the initial bias that made them poly- (0) or monosemantic (below 0), and "
    "by the size of steps. Right: loss above the start times n beta along the draws, smallest "
    f"steps. Five models, two chains. {SEEDS}.",
    shows="Polysemantic minus monosemantic: {solutions} ({solutions.verdict}). From the smallest "
    "to the largest steps the estimates change by {solutions_steps}, relatively.",
    surprise="Estimates that still depend on the size of steps are none: see the right panel for "
    "how far the chains are from standing still.",
    sweeps=("solutions",),
)
def solutions(data: Data) -> Any:
    ds = _named(data["solutions"])
    mean = ds[["llc"]].mean("chain", keep_attrs=True)
    return theme.layout(
        theme.intervals(mean, "llc", "bias_offset", "step_size"),
        _traces(ds.isel(step_size=0), "bias_offset"),
    )

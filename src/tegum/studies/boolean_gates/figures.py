"""Figures of the study `boolean_gates`, drawn from its measure Datasets."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.figures.series import as_series, worded
from tegum.labels import along, at, coordinate, labelled
from tegum.ledger.readings import rms
from tegum.theory import gates as law

SEEDS = "Mean over 8 layers with the 95 % bootstrap interval"
FIVE = "Mean over 5 seeds with the 95 % bootstrap interval"
CONTROLS: dict[Hashable, str] = {
    "none": "readoff",
    "permuted": "of other pairs",
    "affine": "affine, of the inputs",
    "law": "closed form",
}
LOGS: Any = {"logx": True, "logy": True, "markers": True}
WIRES = 4.0
"""c of the wiring p = c/sqrt(d) that the captions name."""
ERROR = xr.DataArray(attrs={"long_name": "root mean square error", "units": "1"})


def _against(ds: xr.Dataset, axis: str, text: str, **look: Any) -> Any:
    """Errors along an axis, with the controls and the closed form in grey."""
    errors = rms(ds, "error_rms", "case")
    parts = {str(c): at(errors, control=c) for c in ds["control"].values}
    drawn = as_series("control", parts | {"law": rms(ds, "law_rms", "case")}, like=ERROR)
    look = LOGS | {"control": list(CONTROLS)[1:], "labels": CONTROLS} | look
    return theme.band(worded(drawn, {axis: text}), "value", axis, "control", **look)


@figure(
    caption="Root mean square error of the readoff, pooled over the four cases, against the number "
    "of neurons d; 64 inputs of which 3 are active. Grey: readoffs of other pairs, and the best "
    f"affine readoff of the inputs themselves. {SEEDS}.",
    shows="Errors fall with exponents {f1_exponent_and} (AND) and {f1_exponent_xor} (XOR) of the "
    "width, on the closed form (f1_law: {f1_law.verdict}). An affine readoff needs no neuron "
    "and is better for AND until the layer is wide; of XOR it knows nothing.",
    surprise="The constant was guessed to be below ten. That {f1_constant_and.verdict} for AND "
    "({f1_constant_and}) and {f1_constant_xor.verdict} for XOR ({f1_constant_xor}), with no more "
    "than three active inputs.",
    sweeps=("width",),
)
def width(data: Data) -> Any:
    gates = along(data["width"], "gate")
    panels = [
        _against(ds, "width", "neurons d", title=str(ds["gate"].item()).upper()) for ds in gates
    ]
    return theme.layout(*panels)


@figure(
    caption="Density of the estimates of pairs whose gate is off and on, at the largest width of "
    "the sweep (4,096 neurons), 64 inputs, 3 active, all seeds: the Gaussian readoff of AND and "
    "XOR, the sparse construction with p = 4/sqrt(d), and the affine readoff of the inputs. The "
    "last bins hold what lies beyond; no interval.",
    shows="At this width the two outputs of AND are apart by more than their spread, those of XOR "
    "overlap. The sparse construction spreads zeros in steps, one for each other input that shares "
    "a wire, and shifts the ones.",
    surprise="The affine readoff tells AND without an error, since its two sides never meet, "
    "though it is nowhere near 0 and 1 (affine_and: {affine_and.verdict}).",
    sweeps=("width", "wiring"),
)
def histogram(data: Data) -> Any:
    wide = at(data["width"], width=int(data["width"]["width"].max()))
    sparse = at(data["wiring"], width=int(data["wiring"]["width"].max()), targeted=False)
    shown = {
        "Gaussian, AND": at(wide, gate="and", control="none"),
        "Gaussian, XOR": at(wide, gate="xor", control="none"),
        "sparse, AND": at(sparse, wires=WIRES, control="none"),
        "affine of the inputs, AND": at(wide, gate="and", control="affine"),
    }
    look: Any = {"labels": {"0": "gate off", "1": "gate on"}, "colours": ("#0072B2", "#E69F00")}
    panels = []
    for title, ds in shown.items():
        drawn = worded(ds[["histogram"]].mean("seed", keep_attrs=True), {"output": "gate"})
        panels.append(theme.curves(drawn, "histogram", "estimate", "output", title=title, **look))
    return theme.layout(*panels)


@figure(
    caption="Left: root mean square error times sqrt(d) against the number of active inputs, of "
    "64, d = 2,048; grey: closed form, and ten. Right: root mean square error against the "
    f"number of inputs, 3 of them active. {SEEDS}.",
    shows="The constant grows faster than in proportion to the number of active inputs (exponent "
    "{f1_active_linear} for AND), and is larger for XOR; the number of inputs does not matter "
    "(f1_inputs: {f1_inputs.verdict}).",
    surprise="It is the number of active inputs that costs, not that of gates: a million gates "
    "of a thousand inputs are read as well as a hundred of sixteen.",
    sweeps=("active", "inputs"),
)
def constant(data: Data) -> Any:
    constants = _gates(data["active"], np.sqrt(_width_of(data["active"])))
    active = worded(constants, {"n_active": "active inputs s"})
    active["value"].attrs["long_name"] = "error times sqrt(d)"
    inputs = worded(_gates(data["inputs"]), {"n_inputs": "inputs m"})
    look = LOGS | {"control": ["XOR law", "AND law"]}
    left = theme.band(active, "value", "n_active", "series", **look)
    right = theme.band(inputs, "value", "n_inputs", "series", **look)
    return theme.layout(theme.overlay(left, theme.reference_line(10.0, "guessed")), right)


def _width_of(ds: xr.Dataset) -> float:
    """The width of a sweep that does not vary it: where the law of AND has its constant."""
    first = at(ds, gate="and").isel(n_active=0, seed=0)
    expected = law.gaussian_constant(law.TARGETS["and"], int(first["n_active"]))
    return float(((expected / first["law_deviation"].values) ** 2).mean())


def _gates(ds: xr.Dataset, factor: float = 1.0) -> xr.Dataset:
    """Errors of each gate and their closed forms, times a factor, along `series`."""
    parts = {}
    for one in along(ds, "gate"):
        name = str(one["gate"].item()).upper()
        parts[name] = at(rms(one, "error_rms", "case"), control="none") * factor
        parts[f"{name} law"] = rms(one, "law_rms", "case") * factor
    return as_series("series", parts, like=ERROR)


@figure(
    caption="Left: root mean square error of AND against the dimensions in which 512 inputs are "
    "superposed, 3 active, d = 4,096. Right: against the spread of the number of active inputs "
    "around 4, of 64, AND, d = 4,096, for the readoff made for 4 (fixed), for the least squares "
    "over all numbers with a constant and the number itself as features (mixture), and for the "
    f"sparse construction with p = 4/sqrt(d). {SEEDS}.",
    shows="Overlaps of the inputs add an error that falls with exponent {superposed_exponent} of "
    "the dimensions. A readoff made for a fixed number is off by {varying_biased} times its error "
    "where the number varies; the mixture readoff keeps {varying_mixture} of that; the sparse "
    "construction does not care (varying_binary: {varying_binary.verdict}).",
    surprise="No readoff of a normal layer by signs is unbiased for several numbers of active "
    "inputs at once (varying_none_unbiased: {varying_none_unbiased.verdict}): a neuron's mean "
    "grows like the root of the number, which a constant and a multiple of the number only "
    "approach.",
    sweeps=("superposed", "spread", "binary_spread"),
)
def inputs(data: Data) -> Any:
    left = _against(data["superposed"], "n_dimensions", "dimensions of the inputs")
    spread = rms(at(data["spread"], gate="and", control="none"), "error_rms", "case")
    parts = {str(one["readoff"].item()): one for one in along(spread, "readoff")}
    parts["sparse"] = rms(at(data["binary_spread"], control="none"), "error_rms", "case")
    drawn = as_series("readoff", parts, like=ERROR)
    drawn = worded(drawn, {"spread": "spread of the number of active inputs"})
    right = theme.band(drawn, "value", "spread", "readoff", markers=True, ylim=(0, None))
    return theme.layout(left, right)


@figure(
    caption="The sparse construction, 64 inputs, 3 active. Left: root mean square error of the "
    "zeros against the number of neurons, for all pairs and for 64 listed ones, p = 4/sqrt(d); "
    "dashed: readoffs of other pairs, all pairs. Right: mean error of the ones, all pairs, for "
    f"each p = c/sqrt(d); dotted: closed form. {SEEDS}.",
    shows="Errors of the zeros fall with exponent {f2_falls} of the width, and those of targeted "
    "gates with {targeted_exponent}; ones are off by about p (s - 2) (f2_bias: {f2_bias.verdict}).",
    surprise="Where only listed pairs are wired, wires grow rarer as the layer widens, at the same "
    "number of neurons for a pair: there the sparse construction reaches the exponent of the "
    "Gaussian one.",
    sweeps=("wiring",),
)
def wiring(data: Data) -> Any:
    ds = worded(data["wiring"], {"width": "neurons d"})
    zeros = at(ds["class_rms"], wires=WIRES, output="0")
    parts = {
        "all pairs": at(zeros, targeted=False, control="none"),
        "listed pairs": at(zeros, targeted=True, control="none"),
        "of other pairs": at(zeros, targeted=False, control="permuted"),
    }
    left = labelled(
        as_series("gates", parts)["value"], "value", "root mean square error of the zeros"
    )
    biases: dict[str, xr.DataArray] = {}
    for one in along(at(ds, targeted=False, case="11", control="none"), "wires"):
        name = f"c = {one['wires'].item():g}"
        biases |= {name: one["error_mean"], f"{name}, law": one["law_mean"]}
    right = labelled(as_series("series", biases)["value"], "value", "mean error of the ones")
    look = {"control": list(biases)[1::2], "logx": True, "markers": True}
    return theme.layout(
        theme.band(left, "value", "width", "gates", control="of other pairs", **LOGS),
        theme.band(right, "value", "width", "series", **look),
    )


@figure(
    caption="Circuits of 12 layers, 3 groups of 4 bits. Left: share of inputs with a wrong bit "
    "against the number of layers, by the width of the layers, with a correction between them. "
    f"Right: without. {FIVE}. Random bits would be wrong in nearly all inputs.",
    shows="With a correction the widest layers are right to the end (f4_corrected: "
    "{f4_corrected.verdict}); without one errors feed on themselves and every width fails "
    "(f4_uncorrected: {f4_uncorrected.verdict}).",
    surprise="Errors that only add up would grow like the root of the depth; without a correction "
    "their exponent is {f4_growth}: what is read off a state that is wrong is wrong for two "
    "reasons.",
    sweeps=("depth",),
)
def depth(data: Data) -> Any:
    ds = worded(data["depth"], {"depth": "layers", "width": "neurons of a layer"})
    look: Any = {"markers": True, "ylim": (-0.02, 1.02)}
    panels = [
        theme.band(at(ds, correction=c), "circuit_error", "depth", "width", title=title, **look)
        for c, title in (("clip", "with a correction"), ("none", "without"))
    ]
    return theme.layout(*panels)


@figure(
    caption="Networks with 28 neurons that compute all 45 gates of 10 bits, 2 of them active on "
    "average. Above: mean output where the gate is on; below: share of outputs beyond 1/2 on the "
    "wrong side, mean of both outputs. P: power of the error; w: weight of the ones. Grey: frozen "
    f"first layer. {FIVE}.",
    shows="The plain square shrinks the ones of AND (f3_shrinks: {f3_shrinks.verdict}); weights "
    "restore them (f3_upweighted: {f3_upweighted.verdict}), and so does the fourth power "
    "(f3_fourth: {f3_fourth.verdict}). Frozen layers have {f3_and_close} times the error of "
    "trained ones for AND.",
    surprise="How dense the trained readoff is: {f7_dense} of the neurons carry an output, "
    "{f7_dense.control_estimate} in the sparse construction of the theory.",
    sweeps=("losses", "powers"),
)
def losses(data: Data) -> Any:
    weighed, powers = (at(data[name], control="none") for name in ("losses", "powers"))
    square = _by_loss(weighed, "upweight", "P=2, w={:g}")
    both = [at(square, gate="and"), _by_loss(powers, "loss_power", "P={}, w=1")]
    both = xr.concat(both, "loss", coords="minimal", compat="override")
    panels = []
    for name in ("mean_one", "threshold_error"):
        for ds, gate in ((both, "AND"), (at(square, gate="xor"), "XOR")):
            one = ds[[name]].transpose(..., "seed")
            panels.append(
                theme.intervals(one, name, "loss", "frozen", control="frozen", title=gate)
            )
    return theme.layout(*panels)


def _by_loss(ds: xr.Dataset, axis: str, name: str) -> xr.Dataset:
    """An axis of losses as `loss`, with their names, and words for the first layers."""
    first = ["frozen" if f else "trained" for f in ds["frozen"].values]
    loss = coordinate("loss", [name.format(value) for value in ds[axis].values], "loss")
    words = {"loss": loss, "frozen": coordinate("frozen", first, "first layer")}
    return ds.rename({axis: "loss"}).assign_coords(words)


@figure(
    caption="A layer of 20 neurons for the ReLU of 40 features, against the factor of the mixing "
    "matrix M. Left: loss over that of one neuron per feature on the same task, M x included; "
    "dashed: equal. Right: share of the squared weights in the positive eigenspace of M; grey: "
    f"untrained. {FIVE}.",
    shows="With M the layer beats one neuron per feature (f7_advantage: {f7_advantage.verdict}); "
    "without it, it does not (f7_vanishes: {f7_vanishes.verdict}), and the weights turn to the "
    "positive eigenspace of M, {f7_eigenspace} of them.",
    surprise="What looks like more ReLUs than neurons is at least in part a linear map that M asks "
    "for: the advantage grows with M, at its factors here (f7_shrinks: {f7_shrinks.verdict}).",
    sweeps=("mixing",),
)
def mixing(data: Data) -> Any:
    ds = worded(data["mixing"], {"mixing": "factor of M"})
    ratio = at(ds["loss_ratio"], control="none") / ds["naive_ratio"]
    drawn = labelled(ratio, "ratio", "loss over that of one neuron per feature")
    left = theme.band(drawn, "ratio", "mixing", markers=True)
    share = ds[["positive_share"]].isel(mixing=ds["mixing"].values > 0)
    look: Any = {"control": "untrained", "markers": True}
    right = theme.band(share, "positive_share", "mixing", "control", **look)
    return theme.layout(theme.overlay(left, theme.reference_line(1.0, "no superposition")), right)

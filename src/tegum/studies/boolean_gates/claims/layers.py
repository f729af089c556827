"""Readoffs of one random layer: of normal weights, of sparse wires, at varying numbers of bits."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.comparisons import Sides, sides
from tegum.ledger.findings import Finding, finding
from tegum.ledger.readings import exponent, means, off_law, places, rms, widest
from tegum.theory import gates as law
from tegum.theory.gates_checks import moments_by_quadrature

POST = (
    "Vaintrob, Mendel, Hänni 2024, Toward a mathematical framework for computation in superposition"
)
COMMENTS = f"{POST}, comments by Kaarel and Mendel"
PAPER = "Hänni, Mendel, Vaintrob, Chan 2024, arXiv 2408.05451"
PROTOTYPE = "a small prototype of one seed"
DERIVED = "derived: truncated normal moments (Tallis 1961) and binomial sums"
CONTROLS: Mapping[str, str] = {
    "permuted": "readoffs of other pairs",
    "affine": "affine readoff of the inputs",
    "binary": "sparse construction",
    "untrained": "untrained",
}
SLOPE = "slope of log error against log"
AGREEMENT, EXTREME = 0.1, 0.25
"""Relative deviations, of a root mean square over all seeds from its closed form, and of the
largest error from sqrt(2 ln N) deviations: own choices."""
CLOSE, FALLS = 0.05, -0.4
"""Largest deviation of an exponent that still counts as the one stated, and an exponent that
counts as that of a root: own choices."""
TEN = 10.0
"""The constant that Mendel guesses."""
BIASED = 0.05
"""Mean error that still counts as none: own choice, a twentieth of the gate's range."""


def against(values: xr.DataArray, control: str) -> Sides:
    """What was found without a control, and the same with one."""
    return sides(values, "control", "none", control, CONTROLS[control])


def pooled(ds: xr.Dataset, name: str = "error_rms") -> xr.DataArray:
    """Root of the mean square over the four cases, each of equal weight."""
    return rms(ds, name, "case")


def lawful(id: str, sweeps: str | tuple[str, ...], statement: str, **where: object) -> Finding:
    """The finding that errors are those of their closed form."""

    def judge(*data: xr.Dataset) -> Claim:
        plain = [at(ds, **where, control="none") for ds in data]
        off = [off_law(ds["error_rms"], ds["law_rms"]).values.ravel() for ds in plain]
        told = "largest relative deviation of the root mean square error over all seeds"
        return within(AGREEMENT, np.concatenate(off), because=told)

    return finding(sweeps, statement, DERIVED, kind="exact", at=where)(judge, id=id)


def of_each_gate(
    name: str, statement: str, source: str, judge: Callable[[str, xr.Dataset], Claim]
) -> list[Finding]:
    """A finding for AND and one for XOR, about the error by width."""
    return [
        finding("width", statement.format(gate.upper()), source, at={"gate": gate})(
            partial(judge, gate), id=f"{name}_{gate}"
        )
        for gate in law.TARGETS
    ]


by_width, by_active = partial(finding, "width"), partial(finding, "active")


@finding((), "The four-case linear system has a closed form.", DERIVED, kind="exact")
def f1_system() -> Claim:
    sizes = (3, 4, 6, 12)
    off = [np.abs(law.case_moments(s)[0] - moments_by_quadrature(s)).max() for s in sizes]
    told = f"largest deviation of A from quadrature, s = {', '.join(map(str, sizes))}"
    return within(1e-9, np.array(off), cases=16 * len(sizes), because=told)


f1_law = lawful(
    "f1_law",
    ("width", "active", "inputs"),
    "Errors of the Gaussian readoff are those of the closed form, in every case, at every width "
    "and number of bits.",
)


def _falls(gate: str, width: xr.Dataset) -> Claim:
    slopes = exponent(pooled(at(width, gate=gate)), "width")
    told = f"{SLOPE} width, d = {places(width, 'width')}"
    return below(CLOSE - 0.5, **against(slopes, "permuted"), because=told)


EXPONENTS = of_each_gate(
    "f1_exponent", "The error of {} falls as the root of the number of neurons.", COMMENTS, _falls
)


@finding(
    ("inputs", "active"),
    "The error does not depend on the number of bits.",
    PROTOTYPE,
    no_effect=True,
)
def f1_inputs(inputs: xr.Dataset, active: xr.Dataset) -> Claim:
    slopes, others = (
        abs(exponent(at(pooled(ds), control="none"), axis)).max("gate")
        for ds, axis in ((inputs, "n_inputs"), (active, "n_active"))
    )
    shown = f"the larger of both gates, m = {places(inputs, 'n_inputs')}"
    told = f"|slope| of log error against log m, {shown}"
    return below(CLOSE, slopes, control=("number of active bits instead", others), because=told)


@by_active("The constant of the error grows with the number of active bits.", PROTOTYPE)
def f1_active(active: xr.Dataset) -> Claim:
    slopes = exponent(pooled(active), "n_active").min("gate")
    told = f"{SLOPE} s, the smaller of both gates, s = {places(active, 'n_active')}"
    return above(0.0, **against(slopes, "affine"), because=told)


@by_active("It grows at least in proportion to the number of active bits.", DERIVED)
def f1_active_linear(active: xr.Dataset) -> Claim:
    slopes = exponent(pooled(at(active, gate="and")), "n_active")
    return above(1.0, **against(slopes, "affine"), because=f"{SLOPE} s, AND")


@by_active("The constant is larger for XOR than for AND.", PROTOTYPE)
def f1_xor(active: xr.Dataset) -> Claim:
    errors = pooled(active)
    ratio = (at(errors, gate="xor") / at(errors, gate="and")).min("n_active")
    told = "error of XOR over that of AND, the smallest over s"
    return above(1.0, **against(ratio, "permuted"), because=told)


def _below_ten(gate: str, width: xr.Dataset) -> Claim:
    constant = pooled(at(width, gate=gate)) * np.sqrt(width["width"].astype(float))
    expected = np.sqrt((law.gaussian_constant(law.TARGETS[gate], 3) ** 2).mean())
    told = f"root mean square error times sqrt(d), mean over d; closed form {expected:.2f}"
    return below(TEN, **against(constant.mean("width"), "affine"), because=told)


CONSTANTS = of_each_gate(
    "f1_constant",
    "The constant of the error of {} is below ten, with three active bits.",
    f"{COMMENTS} (a guess)",
    _below_ten,
)


@by_width("The readoff is unbiased at the number of active bits it is made for.", PROTOTYPE)
def f1_unbiased(width: xr.Dataset) -> Claim:
    wide, d = widest(width)
    mean = abs(wide["error_mean"]).max(("case", "gate"))
    told = f"|mean error|, the largest over cases and gates, d = {d}"
    return below(BIASED, **against(mean, "permuted"), because=told)


@by_width("The largest error is about sqrt(2 ln N) standard deviations.", PROTOTYPE)
def f1_extreme(width: xr.Dataset) -> Claim:
    ds = at(width, gate="and")
    ratio = ds["error_largest"] / at(ds["class_rms"], output="0")
    off = abs(ratio / law.expected_largest(ds["count"]) - 1).mean("width")
    typical, expected = at(ratio, control="none").mean(), law.expected_largest(ds["count"].mean())
    shown = f"it is {float(typical):.2f} deviations, the law says {float(expected):.2f}"
    told = f"relative deviation of the largest of N errors from the law, mean over d; {shown}"
    return below(EXTREME, **against(off, "permuted"), because=told)


def affine(gate: str, least: float, wrong: float, statement: str) -> Finding:
    """What the best affine readoff errs by, and how often it is then on the wrong side of 1/2."""

    def judge(width: xr.Dataset) -> Claim:
        seen = at(width["threshold_error"], gate=gate, control="affine")
        bound = law.affine_error(law.TARGETS[gate])
        told = (
            f"least largest error {bound:.3f} by linear programming, {least} by hand; beyond "
            f"1/2 on the wrong side in {float(seen.mean()):.3f} of the fitted ones"
        )
        off = max(abs(bound - least), float(abs(seen - wrong).max()))
        return within(1e-6, off, cases=seen.size, because=told)

    source = f"{POST}; affine readoff directly from the inputs"
    found = by_width(statement, source, kind="exact", at={"gate": gate})
    return found(judge, id=f"affine_{gate}")


AFFINES = [
    affine("and", 0.25, 0.0, "An affine readoff of the inputs tells AND, with errors of 1/4."),
    affine("xor", 0.5, 0.5, "An affine readoff of the inputs says nothing of XOR."),
]

superposed_law = lawful(
    "superposed_law",
    "superposed",
    "With inputs in superposition the error is that of the closed form, which knows their "
    "overlaps.",
)


@finding(
    "superposed",
    "Inputs in superposition add an error that falls as the root of their dimensions.",
    DERIVED,
)
def superposed_exponent(superposed: xr.Dataset) -> Claim:
    whole, drawn = pooled(superposed), pooled(superposed, "law_deviation")
    excess = xr.ufuncs.sqrt((whole**2 - drawn**2).clip(min=1e-12))
    shown = f"{places(superposed, 'n_dimensions')} of 512 inputs"
    told = f"slope against the dimensions of the error beyond that of drawing the layer, {shown}"
    return below(FALLS, **against(exponent(excess, "n_dimensions"), "permuted"), because=told)


USUAL, FEW = 4.0, 2.0
"""c of wires with probability c / sqrt(d): sixteen neurons for a pair, or four."""
UNIVERSAL = {"targeted": False, "wires": USUAL}
universal = partial(finding, "wiring", at=UNIVERSAL)
targeted = partial(finding, "wiring", at=UNIVERSAL | {"targeted": (False, True)})
NEAR_ONE = 0.9
"""Largest error that still counts as one: a pair without a neuron has an error of exactly one."""
BIAS, TIMES = 0.25, 2.0
"""Relative deviation of the ones' bias from p (s - 2), own choice ("about"), and the lower end of
"two to three times" of the prototype."""

f2_law = lawful(
    "f2_law",
    "wiring",
    "Errors of the sparse binary readoff are those of binomial sums.",
    targeted=False,
)


def _zeros(wiring: xr.Dataset) -> xr.DataArray:
    """Error of the pairs whose gate is off, at the usual number of wires."""
    return at(wiring["class_rms"], output="0", wires=USUAL)


@universal("The error of the zeros falls with the number of neurons.", PROTOTYPE)
def f2_falls(wiring: xr.Dataset) -> Claim:
    slopes = exponent(at(_zeros(wiring), targeted=False), "width")
    told = f"{SLOPE} width, d = {places(wiring, 'width')}; p = 4/sqrt(d)"
    return below(0.0, **against(slopes, "affine"), because=told)


@universal("It falls more slowly than 1/sqrt(d).", PROTOTYPE)
def f2_slower(wiring: xr.Dataset) -> Claim:
    slopes = exponent(at(_zeros(wiring), control="none"), "width")
    some = sides(slopes, "targeted", False, True, "targeted gates")
    return above(-0.5, **some, because=f"{SLOPE} width")


@universal("Ones carry a bias of about p (s - 2), s = 3.", PROTOTYPE)
def f2_bias(wiring: xr.Dataset) -> Claim:
    ds = at(wiring, **UNIVERSAL)
    expected = USUAL / np.sqrt(ds["width"].astype(float))
    off = abs(at(ds["error_mean"], case="11") / expected - 1).mean("width")
    return below(BIAS, **against(off, "permuted"), because="relative deviation, mean over d")


@finding(
    "wiring",
    "With p = 2/sqrt(d), four neurons for a pair whatever d, the largest error stays at one or "
    "more.",
    PROTOTYPE,
    at={"targeted": False, "wires": (FEW, USUAL)},
)
def f2_four(wiring: xr.Dataset) -> Claim:
    most = at(wiring["error_largest"], targeted=False, control="none").min("width")
    more_wires = sides(most, "wires", FEW, USUAL, "p = 4/sqrt(d)")
    return above(NEAR_ONE, **more_wires, because="the smallest over d of the largest error")


def _deviation(ds: xr.Dataset) -> xr.DataArray:
    """Standard deviation of the error within a case, pooled over the cases."""
    square = (ds["error_rms"] ** 2 - ds["error_mean"] ** 2).mean("case")
    return xr.ufuncs.sqrt(square.clip(min=0))


@finding(
    ("wiring", "width"),
    "At s = 3 the sparse construction beats the Gaussian one by two to three times in deviation.",
    PROTOTYPE,
    at=UNIVERSAL | {"gate": "and"},
)
def f2_better(wiring: xr.Dataset, width: xr.Dataset) -> Claim:
    ratio = _deviation(at(width, gate="and")) / _deviation(at(wiring, **UNIVERSAL))
    shown = means(at(ratio, control="none"), 1)
    told = f"mean over d; {shown} at d = {places(width, 'width')}"
    return above(TIMES, **against(ratio.mean("width"), "permuted"), because=told)


@targeted(
    "Targeted gates, of which only listed pairs are wired, have smaller errors than universal ones "
    "with as many neurons for a pair.",
    POST,
)
def targeted_better(wiring: xr.Dataset) -> Claim:
    wide, d = widest(wiring)
    ratio = at(_zeros(wide), targeted=False) / at(_zeros(wide), targeted=True)
    told = f"error of the zeros, universal over targeted, d = {d}; 64 gates of 64 inputs"
    return above(1.0, **against(ratio, "permuted"), because=told)


@targeted("The error of targeted gates falls as the root of the number of neurons.", DERIVED)
def targeted_exponent(wiring: xr.Dataset) -> Claim:
    slopes = exponent(at(_zeros(wiring), control="none"), "width")
    every = sides(slopes, "targeted", True, False, "universal gates")
    return below(FALLS, **every, because="slope of log error of the zeros against log width")


MORE, LEAST = 1.2, 1e-3
"""Ratio of errors beyond which a spread of the numbers counts, and root mean square bias that
counts as one: own choices."""
EXACTLY, WIDEST, COUNTS = 0, 2, (2, 3, 4, 5, 6)
BOTH = {"spread": (EXACTLY, WIDEST)}
varying = partial(finding, ("spread", "binary_spread"), at=BOTH | {"readoff": "fixed"})
OVER = "error at s = 2, …, 6 over that at s = 4"


@finding(
    (),
    "No weights of the four patterns, a constant and the number of active bits make a readoff of "
    "normal layers unbiased for several numbers of active bits.",
    COMMENTS,
    kind="exact",
)
def varying_none_unbiased() -> Claim:
    found = {gate: law.mixture_bias(target, COUNTS) for gate, target in law.TARGETS.items()}
    shown = ", ".join(f"{bias:.3f} ({gate})" for gate, bias in found.items())
    told = f"root mean square bias of the least squares over s = 2, …, 6: {shown}"
    unbiased = sum(bias < LEAST for bias in found.values())
    return within(0, unbiased, cases=len(found), unit="violations", because=told)


varying_law = lawful(
    "varying_law",
    "spread",
    "Errors at varying numbers of active bits are those of the closed form.",
)


def _growth(ds: xr.Dataset) -> xr.DataArray:
    """Error at the widest spread over that at a fixed number."""
    errors = pooled(at(ds, control="none"))
    return at(errors, spread=WIDEST) / at(errors, spread=EXACTLY)


@varying("A readoff for a fixed number of active bits is biased where the number varies.", COMMENTS)
def varying_biased(spread: xr.Dataset, binary_spread: xr.Dataset) -> Claim:
    growth = _growth(at(spread, readoff="fixed")).min("gate")
    wired = (CONTROLS["binary"], _growth(binary_spread))
    return above(MORE, growth, control=wired, because=f"{OVER}, the smaller of both gates")


@varying("The sparse construction needs no fixed number of active bits.", DERIVED)
def varying_binary(spread: xr.Dataset, binary_spread: xr.Dataset) -> Claim:
    normal = ("Gaussian readoff", _growth(at(spread, readoff="fixed", gate="and")))
    return below(MORE, _growth(binary_spread), control=normal, because=OVER)


@finding(
    "spread",
    "A constant and the number of active bits as features reduce the error.",
    f"{COMMENTS}; least squares over the numbers",
    at=BOTH | {"readoff": ("fixed", "mixture")},
)
def varying_mixture(spread: xr.Dataset) -> Claim:
    errors = pooled(at(spread, control="none")).max("gate")
    ratio = at(errors, readoff="mixture") / at(errors, readoff="fixed")
    told = "error of the mixture readoff over that of the fixed one, s = 2, …, 6"
    return below(1.0, **sides(ratio, "spread", WIDEST, EXACTLY, "a fixed number"), because=told)

"""Several layers and trained ones: circuits by depth, losses, and compressed computation."""

from functools import partial

import xarray as xr

from tegum.labels import at, at_least
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.comparisons import Sides, sides
from tegum.ledger.findings import Untested, finding
from tegum.ledger.readings import exponent, means, places, rms, widest
from tegum.studies.boolean_gates.claims.layers import (
    COMMENTS,
    DERIVED,
    PAPER,
    POST,
    PROTOTYPE,
    SLOPE,
    against,
)

RARE, MOST = 0.01, 0.5
"""Shares of inputs with a wrong bit of a circuit that works, and of one that does not."""
EARLY = 3
"""Layers over which the growth of errors is fitted."""
INDEPENDENT = 0.15
"""Deviation of a share from that of independent failures: own choice."""
by_depth = partial(finding, "depth", at={"correction": ("none", "clip")})


def _arm(values: xr.DataArray, here: str) -> Sides:
    """Circuits with a correction, or without one, beside the others."""
    there, told = {"clip": ("none", "no correction"), "none": ("clip", "correction")}[here]
    return sides(values, "correction", here, there, told)


def _wrong(depth: xr.Dataset) -> tuple[xr.DataArray, str]:
    """Share of inputs with a wrong bit after the last of the widest layers, and what that is."""
    wide, width = widest(depth)
    layers = f"{depth.sizes['depth']} layers of {width} neurons"
    return wide["circuit_error"].isel(depth=-1), f"share of inputs with a wrong bit after {layers}"


@by_depth(
    "With error correction between layers a deep circuit of wide layers computes.",
    f"{POST}; {PAPER}",
)
def f4_corrected(depth: xr.Dataset) -> Claim:
    wrong, told = _wrong(depth)
    return below(RARE, **_arm(wrong, "clip"), because=told)


@by_depth("Without error correction it does not.", POST)
def f4_uncorrected(depth: xr.Dataset) -> Claim:
    wrong, told = _wrong(depth)
    return above(MOST, **_arm(wrong, "none"), because=told)


@by_depth("Without error correction errors grow from layer to layer.", POST)
def f4_growth(depth: xr.Dataset) -> Claim:
    wide, _ = widest(at_least(depth, depth=EARLY))
    told = f"{SLOPE} depth over the first three layers; errors that only add up have 1/2"
    slopes = exponent(wide["depth_rms"].isel(depth=slice(EARLY)), "depth")
    return above(0.5, **_arm(slopes, "none"), because=told)


@by_depth(
    "With correction layers fail independently: the share of right inputs is a power of the depth.",
    DERIVED,
)
def f4_independent(depth: xr.Dataset) -> Claim:
    right = 1 - depth["circuit_error"]
    expected = right.isel(depth=0) ** right.sizes["depth"]
    off = abs(right.isel(depth=-1) - expected).max("width")
    both = "at the last layer - that at the first to the power of the depth"
    told = f"|share of right inputs {both}|, the largest over widths"
    return below(INDEPENDENT, **_arm(off, "clip"), because=told)


@finding(
    (),
    "A layer with inputs in superposition needs O~(m^(2/3)) neurons for all pairs of m inputs.",
    f"{PAPER}, abstract",
    sizes="m from 10^3 to 10^5, and a search of the least width at each, would",
)
def f4_neurons() -> Claim:
    raise Untested("an exponent up to logarithms needs several decades of m")


CLOSE, FAR = 1.5, 0.5
"""Ratio of errors, frozen layers over trained ones, that counts as close, and of threshold errors
that counts as far lower: own choices."""
RATIO = "balanced error, frozen over trained, mean over weights of the ones"
SHRUNK, RESTORED = 0.8, 0.9
"""Mean output where the gate is on that counts as shrunk, and as restored: own choices."""
DENSE = 0.2
"""Share of neurons that carry an output of a dense readoff; normal weights have about 1/3, four
neurons of 28 1/7: own choice."""
PLAIN = {"gate": "and", "upweight": 1.0}
WEIGHED = {"gate": "and", "upweight": (1.0, 20.0)}
trained = partial(finding, converged=0.1)
"""Verdicts count where the loss changed by no more over the last half of training."""
by_loss, by_power, by_mixing = (partial(trained, sweep) for sweep in ("losses", "powers", "mixing"))
beside_square = partial(trained, ("powers", "losses"))
frozen_too = partial(by_loss, at={"gate": ("and", "xor"), "frozen": (False, True)})


def _frozen_over_trained(losses: xr.Dataset) -> xr.DataArray:
    """Balanced error of frozen layers over that of trained ones, mean over weights of the ones."""
    errors = rms(losses, "class_rms", "output")
    ratio = at(errors, frozen=True) / at(errors, frozen=False)
    return ratio.mean("upweight")


@frozen_too(
    "AND: a frozen random first layer is close to a trained one.", f"{PROTOTYPE}; {COMMENTS}"
)
def f3_and_close(losses: xr.Dataset) -> Claim:
    ratio = at(_frozen_over_trained(losses), control="none")
    return below(CLOSE, **sides(ratio, "gate", "and", "xor", "XOR"), because=RATIO)


@frozen_too("XOR: a frozen first layer is somewhat worse than a trained one.", PROTOTYPE)
def f3_xor_worse(losses: xr.Dataset) -> Claim:
    ratio = at(_frozen_over_trained(losses), gate="xor")
    return above(1.0, **against(ratio, "permuted"), because=RATIO)


def _ones(losses: xr.Dataset) -> xr.DataArray:
    """Mean output of AND where it is on, mean over trained and frozen layers."""
    return at(losses["mean_one"], gate="and").mean("frozen")


@by_loss("AND: the plain squared error shrinks the ones.", f"{COMMENTS}; {PROTOTYPE}", at=WEIGHED)
def f3_shrinks(losses: xr.Dataset) -> Claim:
    weighed = sides(at(_ones(losses), control="none"), "upweight", 1.0, 20.0, "ones of weight 20")
    return below(SHRUNK, **weighed, because="mean output where the gate is on")


@by_loss("Up-weighting the ones restores them.", PROTOTYPE, at=WEIGHED)
def f3_upweighted(losses: xr.Dataset) -> Claim:
    ones = against(at(_ones(losses), upweight=20.0), "permuted")
    return above(RESTORED, **ones, because="mean output where the gate is on, weight 20")


@by_power("So does the fourth power of the error.", PROTOTYPE, at={"loss_power": 4})
def f3_fourth(powers: xr.Dataset) -> Claim:
    ones = at(powers["mean_one"], loss_power=4).mean("frozen")
    told = "mean output where the gate is on, without weights"
    return above(RESTORED, **against(ones, "permuted"), because=told)


@beside_square(
    "Without weights the fourth power has a far lower threshold error than the square.",
    PROTOTYPE,
    at=PLAIN | {"loss_power": 4},
)
def f3_fourth_threshold(powers: xr.Dataset, losses: xr.Dataset) -> Claim:
    fourth, square = (
        at(ds["threshold_error"], **where).mean("frozen")
        for ds, where in ((powers, {"loss_power": 4}), (losses, PLAIN))
    )
    alone = f"{float(at(square, control='none').mean()):.3f} for the square"
    ratios = f"mean of both outputs, fourth power over square; {alone}"
    told = f"share beyond 1/2 on the wrong side, {ratios}"
    return below(FAR, **against(fourth / square.where(square > 0), "permuted"), because=told)


@beside_square("The higher the power of the error, the less the ones shrink.", COMMENTS, at=PLAIN)
def f3_powers(powers: xr.Dataset, losses: xr.Dataset) -> Claim:
    square = at(losses, **PLAIN).assign_coords(loss_power=2)
    both = [ds["mean_one"].mean("frozen") for ds in (square, powers)]
    ones = xr.concat(both, "loss_power", coords="minimal", compat="override")
    shown = f"{means(at(ones, control='none'), 2)} at P = {places(ones, 'loss_power')}"
    told = f"smallest step of the mean output where AND is on; {shown}"
    steps = ones.diff("loss_power").min("loss_power")
    return above(0.0, **against(steps, "permuted"), because=told)


@by_loss(
    "Trained networks are dense: most neurons carry every output, unlike the sparse construction.",
    "Newgas 2025, arXiv 2507.09816, abstract",
    at=PLAIN | {"frozen": False},
)
def f7_dense(losses: xr.Dataset) -> Claim:
    carried = at(losses["participation"], **PLAIN)
    random = f"{float(at(carried, frozen=True, control='none').mean()):.2f} on frozen layers"
    told = f"share of neurons that carry an output, by the participation ratio; {random}"
    return above(DENSE, **against(at(carried, frozen=False), "binary"), because=told)


HEIMERSHEIM = (
    "Heimersheim et al. 2025, Compressed Computation is (probably) not Computation in Superposition"
)
NONE, FULL = 0.0, 1.0
NO_BETTER, MOSTLY = 0.98, 0.6
"""Loss over that of one neuron per feature that still counts as no better, and share of the
weights in the positive eigenspace, about half of all directions: own choices."""
FACTORS = (0.25, 0.5, FULL)
with_and_without = partial(by_mixing, at={"mixing": (NONE, FULL)})
OVER = "loss over that of one neuron per feature"


def _over_naive(mixing: xr.Dataset) -> xr.DataArray:
    """Loss over that of one neuron per feature on the same task, M x included."""
    return mixing["loss_ratio"] / mixing["naive_ratio"]


@with_and_without(
    "With the mixing matrix a layer does better than one neuron per feature.",
    "Braun et al. 2025, Interpretability in parameter space",
)
def f7_advantage(mixing: xr.Dataset) -> Claim:
    ratio = at(_over_naive(mixing), control="none")
    absolute = float(at(mixing["loss_ratio"], mixing=FULL, control="none").mean())
    told = f"{OVER}, which leaves M x alone; over that without M x {absolute:.3f}"
    return below(1.0, **sides(ratio, "mixing", FULL, NONE, "no mixing matrix"), because=told)


@with_and_without("Without the mixing matrix it does no better.", HEIMERSHEIM, no_effect=True)
def f7_vanishes(mixing: xr.Dataset) -> Claim:
    ratio = at(_over_naive(mixing), control="none")
    return above(NO_BETTER, **sides(ratio, "mixing", NONE, FULL, "mixing matrix"), because=OVER)


@by_mixing("The advantage shrinks with the mixing matrix.", HEIMERSHEIM, at={"mixing": FACTORS})
def f7_shrinks(mixing: xr.Dataset) -> Claim:
    ratio = at(_over_naive(mixing), mixing=list(FACTORS))
    falls = (-ratio.diff("mixing")).min("mixing")
    shown = f"{means(at(ratio, control='none'), 3)} at 0.25, 0.5, 1"
    told = f"smallest fall of the {OVER} from factor to factor of M; {shown}"
    return above(0.0, **against(falls, "untrained"), because=told)


@by_mixing(
    "The weights lie in the positive eigenspace of the mixing matrix.",
    HEIMERSHEIM,
    at={"mixing": FULL},
)
def f7_eigenspace(mixing: xr.Dataset) -> Claim:
    full = at(mixing, mixing=FULL)
    rank = f"{float(full['positive_rank'].mean()):.2f} of the eigenvalues are positive"
    told = f"share of the squared weights, mean of both matrices; {rank}"
    return above(MOSTLY, **against(full["positive_share"], "untrained"), because=told)

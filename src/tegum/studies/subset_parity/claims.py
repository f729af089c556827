"""Claims of `subset_parity`. Thresholds are fixed before results are seen.

A model that does not learn within its steps is censored, not dropped: where a claim needs a number,
it is the number of steps, a lower bound of its time.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import at, at_least
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.findings import Finding, Untested, finding
from tegum.studies.subset_parity.times import doublings, laws, medians, slopes
from tegum.theory.parity import majority_coefficient

BARAK = "Barak et al. 2022, Hidden progress in deep learning: SGD learns parities"
DERIVED = "derived: noise of a random walk against the drift of the population gradient"
CORNACCHIA = "Cornacchia and Mossel 2023, biased inputs as a curriculum"
THREAD = "the thread on learning subset parities, Mendel's comment on stories of training"
FEW, MANY, SOME = 2, 4, 3
"""Bits of S that are compared, and those of a claim about one number of them."""
STILL_FLAT = 0.9
"""Share of the initial loss above which the loss is flat: own choice."""
PREFERRED = 1.5
"""Movement on S over that outside that is progress: own choice (1 is none)."""
NEAR_ONE = 0.35
"""Largest distance of the slope from 1 that is near it: own choice."""
NEARLY_INDEPENDENT = 1.0
"""Doublings of the time from k = 2 to 4 that are nearly none: own choice."""
LEAD = 0.2
"""Accuracy by which a trained first layer leads: own choice."""
MOSTLY = 0.75
"""Share of the first layer's squared norm that is most of it: own choice."""
LOSSLESS = 0.02
"""Accuracy that pruning may cost: own choice."""
EXACT = 1e-5
"""Relative deviation of single-precision sums over up to 16,384 inputs: own choice."""


SETTINGS = {
    "curricula": "",
    "descent": "; gradient descent without Adam",
    "larger": "; 30 inputs",
}
"""Sweeps in which curricula are compared, and what is told apart in their statements."""
learnt = partial(finding, "curricula")
both = {"n_parity": (FEW, MANY)}


def everywhere(
    name: str, statement: str, source: str, judge: Callable[[xr.Dataset], Claim], **where: Any
) -> list[Finding]:
    """One finding in each of the settings."""
    return [
        finding(sweep, f"{statement}{told}.", source, at=where)(
            judge, id=name if not told else f"{name}_{sweep}"
        )
        for sweep, told in SETTINGS.items()
    ]


@learnt(
    "While the loss is still flat, the weights of the hidden bits have already moved further than "
    "the others.",
    BARAK,
    at={"curriculum": ("none", "shuffled"), "n_parity": SOME},
)
def sp1(ds: xr.Dataset) -> Claim:
    ds = at(ds, n_parity=SOME)
    flat = at(ds, curriculum="none")["flat_loss"]
    lead = at(ds, curriculum="none")["lead"].where(flat > STILL_FLAT)
    return above(
        PREFERRED,
        lead,
        control=("targets of fair coins", at(ds, curriculum="shuffled")["lead"]),
        because="root mean square movement of the weights of S over that of the others, at the "
        f"last look before accuracy .6, where the loss is {float(flat.min()):.3f} to "
        f"{float(flat.max()):.3f} of its start",
    )


def _rise(ds: xr.Dataset, curriculum: str) -> xr.DataArray:
    here = doublings(at(ds, curriculum=curriculum))
    return at(here, n_parity=MANY) - at(here, n_parity=FEW)


def _rises(ds: xr.Dataset) -> Claim:
    return above(
        0.0,
        _rise(ds, "none"),
        control=("sub-parities rewarded as well", _rise(ds, "nested")),
        unit="doublings",
        because=f"log2 of the time at k = {MANY} over that at {FEW}; "
        + medians(at(ds, curriculum="none")),
    )


sp2_rise = everywhere(
    "sp2_rise",
    "The time to learn rises with the number of hidden bits",
    BARAK,
    _rises,
    curriculum=("none", "nested"),
    **both,
)


def _slope(ds: xr.Dataset) -> Claim:
    initial = ds["snr"].isel(checkpoint=0)
    found = np.array(slopes(ds, initial))
    rng = np.random.default_rng(0)
    values = initial.values.copy()
    shuffled = initial.copy(data=rng.permutation(values.ravel()).reshape(values.shape))
    censored = int(ds["time_learnt"].isnull().sum())
    circuit = np.nanmean(slopes(ds, ds["snr_circuit"]))
    return below(
        NEAR_ONE,
        np.abs(found - 1.0),
        control=("SNR of another model", np.abs(np.array(slopes(ds, shuffled)) - 1.0)),
        because=f"distance from 1 of the slope, whose mean is {np.nanmean(found):.2f}; along the "
        f"final circuit's directions in place of the weights of S {circuit:.2f}; {censored} of "
        f"{ds['time_learnt'].size} models never learnt",
    )


@finding(
    "sizes",
    "The logarithm of the time to learn is linear in that of 1 / SNR(0)^2 with a slope near 1.",
    DERIVED,
)
def sp2_slope(ds: xr.Dataset) -> Claim:
    return _slope(ds)


@finding(
    "descent",
    "By gradient descent without Adam, the logarithm of the time to learn is linear in that of "
    "1 / SNR(0)^2 with a slope near 1.",
    DERIVED,
    at={"curriculum": "none"},
)
def sp2_slope_descent(ds: xr.Dataset) -> Claim:
    return _slope(at(ds, curriculum="none"))


def _nested(ds: xr.Dataset) -> Claim:
    return below(
        NEARLY_INDEPENDENT,
        _rise(ds, "nested"),
        control=("without", _rise(ds, "none")),
        unit="doublings",
        because=f"log2 of the time at k = {MANY} over that at {FEW}; "
        + medians(at(ds, curriculum="nested")),
    )


sp3_nested = everywhere(
    "sp3_nested",
    "Rewarding the nested sub-parities makes the time nearly independent of the number of bits",
    THREAD,
    _nested,
    curriculum=("none", "nested"),
    **both,
)


def _law(ds: xr.Dataset, curriculum: str, sign: float) -> Claim:
    ds = at_least(ds, n_parity=4)
    other = "nested" if curriculum == "none" else "none"
    censored = int(at(ds["time_learnt"], curriculum=curriculum).isnull().sum())
    return above(
        0.0,
        sign * laws(ds, curriculum),
        control=(f"curriculum {other}", sign * laws(ds, other)),
        because="share of the variance of log time that a line in k explains minus that of a line "
        f"in log k, times {sign:+g}; {censored} models never learnt; "
        + medians(at(ds, curriculum=curriculum)),
    )


growth = [
    finding("growth", statement, THREAD, at={"curriculum": ("none", "nested")})(
        partial(_law, curriculum=curriculum, sign=sign), id=f"growth_{curriculum}"
    )
    for curriculum, sign, statement in (
        ("none", 1.0, "Without a curriculum the time grows exponentially with the hidden bits."),
        ("nested", -1.0, "With nested sub-parities it grows as a power of their number."),
    )
]


def _gain(ds: xr.Dataset, curriculum: str, n_parity: int = MANY) -> xr.DataArray:
    """log2 of the time without a curriculum over that with it."""
    here = at(doublings(ds), n_parity=n_parity)
    return at(here, curriculum="none") - at(here, curriculum=curriculum)


def _helps_less(ds: xr.Dataset, control: str) -> Claim:
    return above(
        0.0,
        _gain(ds, "nested") - _gain(ds, control),
        control=("no curriculum in place of the right one", -_gain(ds, control)),
        unit="doublings",
        because=f"halvings of the time at k = {MANY} by the right sub-parities minus those by the "
        f"control, whose own mean is {float(_gain(ds, control).mean()):.2f}",
    )


sp3_wrong = everywhere(
    "sp3_wrong",
    "Further outputs for the parities of other bits help less than those for the sub-parities",
    THREAD,
    partial(_helps_less, control="wrong"),
    curriculum=("none", "nested", "wrong"),
    n_parity=MANY,
)


@learnt(
    "Further outputs for fair coins help less than those for the sub-parities.",
    THREAD,
    at={"curriculum": ("none", "nested", "coins"), "n_parity": MANY},
)
def sp3_coins(ds: xr.Dataset) -> Claim:
    return _helps_less(ds, "coins")


def _shorter(ds: xr.Dataset, curriculum: str) -> Claim:
    return above(
        0.0,
        _gain(ds, curriculum),
        control=("parities of other bits", _gain(ds, "wrong")),
        unit="doublings",
        because=f"log2 of the time without over that with it, k = {MANY}; "
        + medians(at(ds, curriculum=curriculum)),
    )


@learnt(
    "A target that grows from one bit to all of them shortens the time.",
    THREAD,
    at={"curriculum": ("none", "growing", "wrong"), "n_parity": MANY},
)
def sp3_growing(ds: xr.Dataset) -> Claim:
    return _shorter(ds, "growing")


sp4 = everywhere(
    "sp4",
    "Inputs that are biased at first shorten the time",
    CORNACCHIA,
    partial(_shorter, curriculum="biased"),
    curriculum=("none", "biased", "wrong"),
    n_parity=MANY,
)


def _more(ds: xr.Dataset) -> Claim:
    def more(curriculum: str) -> xr.DataArray:
        return _gain(ds, curriculum, MANY) - _gain(ds, curriculum, FEW)

    return above(
        0.0,
        more("biased"),
        control=("parities of other bits", more("wrong")),
        unit="doublings",
        because=f"halvings of the time at k = {MANY} minus those at {FEW}",
    )


sp4_most = everywhere(
    "sp4_most",
    "Inputs that are biased at first help more bits more",
    CORNACCHIA,
    _more,
    curriculum=("none", "biased", "wrong"),
    **both,
)


@learnt(
    "A random first layer that stays as it is does not learn what training does.",
    BARAK,
    at={"curriculum": ("none", "frozen", "shuffled"), "n_parity": MANY},
)
def sp5(ds: xr.Dataset) -> Claim:
    final = at(ds["final_accuracy"], n_parity=MANY)
    frozen = at(final, curriculum="frozen")
    moved = float(np.abs(at(ds["loss_change"], n_parity=MANY, curriculum="frozen")).max())
    return above(
        LEAD,
        at(final, curriculum="none") - frozen,
        control=("targets of fair coins", at(final, curriculum="shuffled") - frozen),
        because=f"final accuracy minus that with a frozen layer, {float(frozen.mean()):.3f}, whose "
        f"loss still moved at most {moved:.1%} over the last half",
    )


@learnt(
    "The final circuit reads the hidden bits: most of the first layer's squared norm is theirs.",
    BARAK,
    at={"curriculum": "none", "n_parity": MANY},
)
def sp6(ds: xr.Dataset) -> Claim:
    here = at(ds, curriculum="none", n_parity=MANY)
    return above(
        MOSTLY,
        here["circuit_support"].where(here["time_mastered"].notnull()),
        control=("before training", here["initial_support"]),
        because="share of the squared norm, models that mastered the parity",
    )


@learnt(
    "Without its weights from other inputs the network is as accurate as before.",
    BARAK,
    at={"curriculum": "none", "n_parity": MANY},
)
def sp6_pruned(ds: xr.Dataset) -> Claim:
    here = at(ds, curriculum="none", n_parity=MANY)
    here = here.where(here["time_mastered"].notnull())
    return above(
        -LOSSLESS,
        here["pruned_accuracy"] - here["final_accuracy"],
        control=(
            "without the weights from S",
            here["missing_accuracy"] - here["final_accuracy"],
        ),
        because="change of accuracy, models that mastered the parity",
    )


@finding(
    "sizes",
    "The initial gradient is, neuron by neuron, the readout times Fourier coefficients of the "
    "neuron's derivative.",
    BARAK,
    kind="exact",
)
def fourier(ds: xr.Dataset) -> Claim:
    error = ds["fourier_error"].values
    known = error[np.isfinite(error)]
    if not known.size:
        raise Untested("no model's inputs were enumerated under the hinge loss")
    return within(
        EXACT,
        known,
        because="largest deviation of the enumerated gradient from a fast Walsh-Hadamard "
        "transform of 1[h > 0], over its largest entry",
    )


@finding(
    "sizes",
    "As the inputs become more, the signal of four hidden bits falls faster than that of two.",
    "derived: a neuron of weights of equal size is a majority of its inputs, whose Fourier "
    "coefficients fall the faster the larger the subset",
    at={"n_inputs": (10, 14), "n_parity": (FEW, MANY)},
)
def majority(ds: xr.Dataset) -> Claim:
    def faster(name: str) -> xr.DataArray:
        size = ds[name].isel(checkpoint=0)
        size = size.copy(data=np.log(size.values))
        fall = at(size, n_inputs=10) - at(size, n_inputs=14)
        return at(fall, n_parity=MANY) - at(fall, n_parity=FEW)

    law = np.log(majority_coefficient(9, 3) / majority_coefficient(13, 3))
    return above(
        0.0,
        faster("signal_inside"),
        control=("the noise in the same weights", faster("noise_inside")),
        unit="nats",
        because=f"fall of the signal's logarithm from n = 10 to 14 at k = {MANY} minus that at "
        f"{FEW}; a majority's coefficient at 3 of 9 bits falls by {law:.2f} to that of 13",
    )

"""C4: what more latents than dimensions gain, beyond what a Gaussian gains."""

from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.findings import Untested, untestable
from tegum.studies.readout.claims.shared import ANGSTEN, PROTOTYPE, trained
from tegum.studies.readout.reading import excess_gain, excess_recovered

SMALLEST = 0.01
"""Largest fall of the unexplained variance that is no gain: own choice."""
BEND = 0.5
"""Ratio of the gain beyond the knee to that before it: own choice."""
CLEARLY = 0.05
"""Excess gain, as a share of the variance, from which on it is clear: own choice."""
KNEE, PAST = 4, 2
"""The expansion G / d of superposed features, and the one past which orthonormal ones gain none."""
PLAIN, CROWDED = "orthonormal", "superposed"
GIVEN = {"dataset": (PLAIN, CROWDED), "expansion": (1, PAST, KNEE)}


def _last(ds: xr.Dataset) -> int:
    """The largest expansion.

    Raises:
        Untested: where it is not beyond the knee.
    """
    last = int(ds["expansion"].max())
    if last <= KNEE:
        raise Untested(f"expansion has no value beyond {KNEE}")
    return last


def _fall(fvu: xr.DataArray, start: int, end: int) -> xr.DataArray:
    return at(fvu, expansion=start) - at(fvu, expansion=end)


@trained(
    "expansion",
    "Orthonormal features: no gain past an expansion of 2.",
    PROTOTYPE,
    at=GIVEN,
    no_effect=True,
)
def c4_orthonormal(ds: xr.Dataset) -> Claim:
    real, last = at(ds["fvu"], control="none"), _last(ds)
    late = _fall(real, PAST, last)
    early = float(at(_fall(real, 1, PAST), dataset=PLAIN).mean())
    return below(
        SMALLEST,
        at(late, dataset=PLAIN),
        control=("superposed features", at(late, dataset=CROWDED)),
        because=f"fall of the unexplained variance from e = {PAST} to {last}; before, from e = "
        f"1, it is {early:.3f}",
    )


@trained(
    "expansion", "Superposed features: the knee is at the expansion G/d = 4.", PROTOTYPE, at=GIVEN
)
def c4_knee(ds: xr.Dataset) -> Claim:
    fvu, last = at(ds["fvu"], dataset=CROWDED), _last(ds)
    knee = _fall(fvu, KNEE, last) / _fall(fvu, PAST, KNEE)
    return below(
        BEND,
        at(knee, control="none"),
        control=("a Gaussian of the same covariance", at(knee, control="gaussian")),
        because=f"gain from e = {KNEE} to {last} over that from {PAST} to {KNEE}",
    )


@trained(
    "expansion",
    "The unexplained variance of a Gaussian of the same covariance falls with the expansion too.",
    PROTOTYPE,
    at=GIVEN,
)
def c4_gaussian(ds: xr.Dataset) -> Claim:
    fvu, last = ds["fvu"], _last(ds)
    falls = -fvu.diff("expansion").max("expansion")
    noise = at(fvu, control="gaussian", dataset=CROWDED).mean("seed")
    ends = [float(at(noise, expansion=e)) for e in (1, last)]
    return above(
        SMALLEST,
        at(falls, control="gaussian", dataset=CROWDED),
        control=("orthonormal features", at(falls, control="none", dataset=PLAIN)),
        because=f"least fall between neighbouring expansions; in all from {ends[0]:.3f} to "
        f"{ends[1]:.3f}",
    )


def _excess(dataset: str, other: str, gaussian: str | None, ds: xr.Dataset) -> Claim:
    _last(ds)
    gain = at(excess_gain(ds, gaussian), expansion=KNEE)
    judge = above if dataset == CROWDED else below
    return judge(
        CLEARLY,
        at(gain, dataset=dataset),
        control=(f"{other} features", at(gain, dataset=other)),
        because="excess gain D(4), in shares of the variance",
    )


c4_excess = trained(
    "expansion",
    "The excess over the Gaussian of the gain at expansion 4 is clearly positive for superposed "
    "features.",
    PROTOTYPE,
    at=GIVEN,
)(partial(_excess, CROWDED, PLAIN, CROWDED), id="c4_excess")
c4_no_excess = trained(
    "expansion", "It is not for orthonormal features.", PROTOTYPE, at=GIVEN, no_effect=True
)(partial(_excess, PLAIN, CROWDED, CROWDED), id="c4_no_excess")
c4_own_gaussian = trained(
    "expansion",
    "Nor is the excess of orthonormal features over a Gaussian of their own covariance.",
    "own control",
    at=GIVEN,
    no_effect=True,
)(partial(_excess, PLAIN, CROWDED, None), id="c4_own_gaussian")


def _recovered(head: str, other: str, ds: xr.Dataset) -> Claim:
    every = excess_recovered(ds)
    excess = at(every, expansion=KNEE)
    share = at(ds["cross_entropy_recovered"], control="none", readout=head).mean("seed")
    ends = [float(at(share, expansion=e)) for e in (1, KNEE)]
    own = at(excess_recovered(ds, "loss_recovered"), expansion=KNEE, readout=head)
    judge = above if head == "softmax" else below
    return judge(
        0.0,
        at(excess, readout=head),
        control=(f"a {other} readout", at(excess, readout=other)),
        because=f"recovered at e = 1 and {KNEE}: {ends[0]:.3f} and {ends[1]:.3f}, less the "
        "gain of dictionaries fitted to a Gaussian and read on the same activations; by "
        f"the loss that the head was trained on the excess is {float(own.mean('seed')):.3f}; at "
        "other expansions it is "
        + ", ".join(f"{v:.3f} (e = {e})" for e, v in _others(at(every, readout=head))),
    )


def _others(excess: xr.DataArray) -> list[tuple[int, float]]:
    """Mean excess at each expansion but the first and the one that is judged."""
    mean = excess.mean("seed")
    found = zip(mean["expansion"].values, mean.values, strict=True)
    return [(int(e), float(v)) for e, v in found if e not in (1, KNEE)]


READ = {"readout": ("linear", "softmax"), "expansion": (1, KNEE)}
c4_softmax = trained(
    "hidden",
    "Where a softmax follows, expansion 4 recovers more cross-entropy than expansion 1, by "
    "more than in dictionaries of a Gaussian.",
    ANGSTEN,
    at=READ,
)(partial(_recovered, "softmax", "linear"), id="c4_softmax")
c4_linear = trained(
    "hidden",
    "Where only a linear readout follows, it does not.",
    ANGSTEN,
    at=READ,
    no_effect=True,
)(partial(_recovered, "linear", "softmax"), id="c4_linear")


c4_scale = untestable(
    "c4_scale",
    "The excess in recovered cross-entropy holds for a language model with one layer of 512 "
    "neurons and expansions up to 256.",
    "Bricken et al. 2023, Towards Monosemanticity",
    "needs a language model of one layer with 512 neurons, and dictionaries of up to 131,072 "
    "latents on its activations",
)

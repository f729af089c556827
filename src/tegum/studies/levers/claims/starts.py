"""Initial biases just below the largest inputs, and how long training is idle without them."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.effects import effect
from tegum.ledger.findings import Untested
from tegum.studies.levers.claims.conditions import KIRK, SCHERLIS, gain, trained
from tegum.studies.levers.settings import USUAL, final

IDLE = 0.1
"""Share of training that is idle: own choice."""
ALIKE = 0.1
"""Difference of monosemantic neurons per feature within which ends are alike: own choice."""
FAR = "an offset of -1"
NONE = {**USUAL, "bias_offset": 0.0}
"""Where there is no offset."""


def _steps(ds: xr.Dataset) -> int:
    return int(ds["step"].values[-1]) + 1


@trained(
    "starts",
    "Biases far below the largest input leave training idle for as long as their decay takes.",
    "derived",
    kind="exact",
)
def idle_derived(ds: xr.Dataset) -> Claim:
    looks = int(np.diff(ds["step"].values).max())
    idle = ds["idle_end_derived"].values > 0
    if not idle.any():
        raise Untested("in every model a neuron fires at once")
    late = (ds["idle_end"] - ds["idle_end_derived"]).values[idle]
    return within(
        0,
        int(((late < 0) | (late > looks)).sum()),
        cases=late.size,
        unit="models",
        because="models, of those that no neuron fires in at first, whose first look at which one "
        "does is not the next after the step at which decay alone would let one; looks are "
        f"{looks} steps apart",
    )


@trained(
    "starts",
    "With the published offset of -1 a tenth of training is idle.",
    KIRK,
    at={"start": ("offset", "below_all")},
)
def idle_share(ds: xr.Dataset) -> Claim:
    far, near = (at(ds["idle_end"], start=s) / _steps(ds) for s in ("offset", "below_all"))
    return above(
        IDLE,
        far,
        control=("just below the largest input of all neurons", near),
        because="share of the steps before the first look at which a neuron fires; at the end of "
        f"them {float(at(ds['firing_share'], start='offset').isel(checkpoint=-1).mean()):.2f} of "
        "the neurons fire",
    )


def _alike(start: str, ds: xr.Dataset, offsets: xr.Dataset) -> Claim:
    far = final(ds, start="offset")
    none = final(offsets, **NONE)
    found = gain(final(ds, start=start), far)
    return below(
        ALIKE,
        abs(found),
        control=("no offset", abs(gain(none, far))),
        unit="per feature",
        because=f"distance of monosemantic neurons per feature from those with {FAR}; with its "
        f"sign {float(found.mean()):+.3f}" + effect(found),
    )


STARTS = {"below": "of each neuron", "below_all": "of all neurons"}
same = [
    trained(
        ("starts", "offset"),
        f"A bias just below the largest input {told} gives as many monosemantic neurons as {FAR}, "
        "without the idle time.",
        KIRK,
        at={"start": ("offset", start), **NONE},
        no_effect=True,
    )(partial(_alike, start), id=f"same_{start}")
    for start, told in STARTS.items()
]


def _more(start: str, ds: xr.Dataset, offsets: xr.Dataset) -> Claim:
    none = final(offsets, **NONE)
    found = gain(final(ds, start=start), none)
    return above(
        0.0,
        found,
        control=(FAR, gain(final(ds, start="offset"), none)),
        unit="per feature",
        because="monosemantic neurons per feature more than with the default bias" + effect(found),
    )


more = [
    trained(
        ("starts", "offset"),
        f"A bias just below the largest input {told} gives more monosemantic neurons than the "
        "default one.",
        SCHERLIS,
        at={"start": ("offset", start), **NONE},
    )(partial(_more, start), id=f"more_{start}")
    for start, told in STARTS.items()
]

"""B-1: used and unused variables of classifiers of bits, decoded and steered along.

The effect of an intervention, first the change of all outputs, became with the findings added later
the change along that which goes with the variable in the data, as its specification asks.
"""

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below
from tegum.studies.model_or_dataset.claims.shared import (
    COVARIANCE,
    EFFECT,
    ERROR,
    EXPECTED,
    LOGIT,
    MOSTLY,
    NORM,
    PROBABILITY,
    PROTOTYPE,
    RULE,
    SEEN,
    labelled,
    ratio,
    share,
    trained,
    unused,
    used,
)

PERFECT = 0.99
"""Least AUROC that is perfect decoding: own choice."""
FAR_MORE = 10.0
"""Least ratio to a random direction of equal norm: the finding's own number."""
WELL_ABOVE = 0.1
"""Least selectivity that is well above the control: own choice."""
NOTHING = 1.0
"""Ratio to a random direction below which steering does nothing of its own: own choice."""
SMALL = 0.01
"""Largest change of the probabilities that is nothing to speak of: own choice."""
THE_USED, THE_UNUSED = "used variables", "unused variables"
SMALLER = "mean |dp| over that of random directions, the smaller of the two variables"


def _used(bits: xr.Dataset, direction: str, outcome: str = EXPECTED) -> xr.DataArray:
    """The smaller ratio of the two used variables."""
    return ratio(used(bits), direction, outcome).min("variable")


def _unused(bits: xr.Dataset, direction: str, outcome: str = EXPECTED) -> xr.DataArray:
    """The largest ratio of the unused variables."""
    return ratio(unused(bits), direction, outcome).max("variable")


def _each(values: xr.DataArray) -> str:
    """Mean over seeds of every variable, as text."""
    means = values.mean("seed")
    return ", ".join(f"{v} {float(at(means, variable=v)):.3f}" for v in means["variable"].values)


@trained("bits", "Used variables are decoded perfectly from the trained network.", PROTOTYPE)
def b1_decoded(bits: xr.Dataset) -> Claim:
    here = used(bits)
    return above(
        PERFECT,
        at(here["auroc"], control="none").min("variable"),
        control=(
            "control task",
            at(here["auroc_control"], label_control="control_task").max("variable"),
        ),
        because="the smaller AUROC of the two used variables",
    )


@trained(
    "bits",
    "Steering along a used variable moves the output more than 10 times as far as a random "
    "direction of equal norm.",
    PROTOTYPE,
)
def b1_ratio(bits: xr.Dataset) -> Claim:
    return above(
        FAR_MORE,
        _used(bits, NORM),
        control=(THE_UNUSED, _unused(bits, NORM)),
        because=f"{SMALLER}; the difference of class means is added to negatives",
    )


@trained("bits", "Unused variables are decodable well above their control task.", PROTOTYPE)
def b1_unused_decodable(bits: xr.Dataset) -> Claim:
    known = {"label_control": "control_task", "bound": "value"}
    own = at(unused(bits)["selectivity"], **known).isel(labelling=0)
    nothing = at(labelled(bits, "labels", "random")["selectivity"], **known)
    return above(
        WELL_ABOVE,
        own.min("variable"),
        control=("random labels", nothing.mean(["variable", "labelling"])),
        because=f"least selectivity over the unused variables; of each {_each(own)}",
    )


@trained("bits", "Steering along unused variables does nothing.", PROTOTYPE, no_effect=True)
def b1_unused_still(bits: xr.Dataset) -> Claim:
    return below(
        NOTHING,
        _unused(bits, NORM),
        control=(THE_USED, _used(bits, NORM)),
        because="largest mean |dp| over that of random directions of equal norm",
    )


@trained(
    "bits",
    "Re-initialised networks decode the unused variables better than the trained one.",
    PROTOTYPE,
)
def b1_reinit(bits: xr.Dataset) -> Claim:
    auroc = bits["auroc"]
    gain = bits.assign(gain=at(auroc, control="untrained") - at(auroc, control="none"))
    own = unused(gain)["gain"]
    return above(
        0.0,
        own.min("variable"),
        control=(THE_USED, used(gain)["gain"].max("variable")),
        because="AUROC in the re-initialised minus that in the trained network, least over the "
        f"unused variables; of each {_each(own)}",
    )


@trained(
    "bits", "Spectrum-matched networks lie between the two for the linear variable.", PROTOTYPE
)
def b1_spectrum(bits: xr.Dataset) -> Claim:
    linear = labelled(bits, "role", "unused_linear")["auroc"].isel(variable=0)
    first, last = at(linear, control="none"), at(linear, control="untrained")

    def between(name: str) -> xr.DataArray:
        middle = at(linear, control=name)
        return np.minimum(middle - first, last - middle)

    return above(
        0.0,
        between("spectrum"),
        control=("permuted weights", between("permuted")),
        because="AUROC: distance to the nearer of trained and re-initialised, negative outside",
    )


def _by_norm(ds: xr.Dataset, verdict: str) -> str:
    other = float(share(ds, verdict, direction=COVARIANCE).mean())
    return f"random directions of equal norm; by equal covariance {other:.2f}"


@trained("bits", "The rule judges used variables MODEL.", RULE)
def b1_used_model(bits: xr.Dataset) -> Claim:
    return above(
        MOSTLY,
        share(used(bits), "MODEL"),
        control=(THE_UNUSED, share(unused(bits), "MODEL")),
        because=_by_norm(used(bits), "MODEL"),
    )


@trained("bits", "The rule judges unused variables DATASET.", RULE)
def b1_unused_dataset(bits: xr.Dataset) -> Claim:
    return above(
        MOSTLY,
        share(unused(bits), "DATASET"),
        control=(THE_USED, share(used(bits), "DATASET")),
        because=_by_norm(unused(bits), "DATASET"),
    )


@trained("bits", "The rule does not judge unused variables MODEL.", RULE)
def b1_unused_not_model(bits: xr.Dataset) -> Claim:
    return below(
        ERROR,
        share(unused(bits), "MODEL"),
        control=(THE_USED, share(used(bits), "MODEL")),
        because="random directions of equal norm",
    )


@trained(
    "bits",
    "Used variables also stand out among random directions of equal covariance.",
    "Mendel (comments), control of B-1",
)
def used_covariance(bits: xr.Dataset) -> Claim:
    return above(
        EFFECT,
        _used(bits, COVARIANCE),
        control=(THE_UNUSED, _unused(bits, COVARIANCE)),
        because=SMALLER,
    )


@trained(
    "bits",
    "In logits too, which do not saturate, a used variable moves the output more than 10 times "
    "as far as a random direction of equal norm.",
    SEEN,
)
def b1_ratio_logit(bits: xr.Dataset) -> Claim:
    return above(
        FAR_MORE,
        _used(bits, NORM, LOGIT),
        control=(THE_UNUSED, _unused(bits, NORM, LOGIT)),
        because="as b1_ratio, with the size of the change of the logits",
    )


@trained(
    "bits", "Steering along unused variables hardly moves probabilities.", SEEN, no_effect=True
)
def unused_probability(bits: xr.Dataset) -> Claim:
    def moved(ds: xr.Dataset) -> xr.DataArray:
        return at(ds["effect"], alpha=1.0, outcome=PROBABILITY).isel(labelling=0)

    return below(
        SMALL,
        moved(unused(bits)).max("variable"),
        control=(THE_USED, moved(used(bits)).min("variable")),
        because="largest mean |dp|, of all outputs, over the unused variables",
    )


@trained(
    "bits",
    "Steering along unused variables moves the output less than random directions of equal "
    "covariance.",
    SEEN,
)
def unused_covariance(bits: xr.Dataset) -> Claim:
    return below(
        NOTHING,
        _unused(bits, COVARIANCE),
        control=(THE_USED, _used(bits, COVARIANCE)),
        because="largest mean |dp| over that of random directions of equal covariance; in "
        f"logits {float(_unused(bits, COVARIANCE, LOGIT).mean()):.2f}",
    )

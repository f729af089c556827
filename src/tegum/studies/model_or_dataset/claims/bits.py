"""B-1: used and unused variables of classifiers of bits, decoded and steered along.

With the findings added later the effect of an intervention, first the change of all outputs, became
that along the change that goes with the variable in the data, as its specification asks.
"""

from collections.abc import Callable
from functools import partial

import xarray as xr

from tegum.evidence.rows import (
    BOTH,
    COVARIANCE,
    LOGIT,
    NORM,
    PROBABILITY,
    effect,
    of_label,
    ratio,
    role,
    share,
    true,
    untrained_gain,
)
from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, listed
from tegum.ledger.comparisons import lies_between
from tegum.studies.model_or_dataset.claims.shared import (
    EFFECT,
    MOSTLY,
    PROTOTYPE,
    RULE,
    SEEN,
    not_model,
    trained,
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
SMALLER = "mean |dp| over that of random directions, the smaller of the two variables"
LARGEST = "largest mean |dp| over that of random directions of equal"
of_bits = partial(trained, "bits")
Measure = Callable[[xr.Dataset], xr.DataArray]


def _least_used(measure: Measure, bits: xr.Dataset) -> xr.DataArray:
    return measure(role(bits, "used")).min("variable")


def _most_unused(measure: Measure, bits: xr.Dataset) -> xr.DataArray:
    return measure(role(bits, "unused")).max("variable")


def _moves(threshold: float, measure: Measure, because: str, bits: xr.Dataset) -> Claim:
    """Whether every used variable lies above, beside the unused ones."""
    control = "unused variables", _most_unused(measure, bits)
    return above(threshold, _least_used(measure, bits), control=control, because=because)


def _rests(threshold: float, measure: Measure, because: str, bits: xr.Dataset) -> Claim:
    """Whether every unused variable lies below, beside the used ones."""
    control = "used variables", _least_used(measure, bits)
    return below(threshold, _most_unused(measure, bits), control=control, because=because)


by_norm = partial(ratio, direction=NORM)
by_covariance = partial(ratio, direction=COVARIANCE)


@of_bits("Used variables are decoded perfectly from the trained network.", PROTOTYPE)
def b1_decoded(bits: xr.Dataset) -> Claim:
    used = role(bits, "used")
    auroc = at(used["auroc"], control="none").min("variable")
    task = at(used["auroc_control"], label_control="control_task").max("variable")
    because = "the smaller AUROC of the two used variables"
    return above(PERFECT, auroc, control=("control task", task), because=because)


@of_bits(
    "Steering along a used variable moves the output more than 10 times as far as a random "
    "direction of equal norm.",
    PROTOTYPE,
)
def b1_ratio(bits: xr.Dataset) -> Claim:
    because = f"{SMALLER}; the difference of class means is added to negatives"
    return _moves(FAR_MORE, by_norm, because, bits)


@of_bits("Unused variables are decodable well above their control task.", PROTOTYPE)
def b1_unused_decodable(bits: xr.Dataset) -> Claim:
    known = {"label_control": "control_task", "bound": "value"}
    own = true(role(bits, "unused")["selectivity"], **known)
    nothing = at(of_label(bits, "labels", "random")["selectivity"], **known)
    because = f"least selectivity over the unused variables; of each {listed(own, 3)}"
    control = "random labels", nothing.mean(BOTH)
    return above(WELL_ABOVE, own.min("variable"), control=control, because=because)


@of_bits("Steering along unused variables does nothing.", PROTOTYPE, no_effect=True)
def b1_unused_still(bits: xr.Dataset) -> Claim:
    return _rests(NOTHING, by_norm, f"{LARGEST} norm", bits)


@of_bits(
    "Re-initialised networks decode the unused variables better than the trained one.", PROTOTYPE
)
def b1_reinit(bits: xr.Dataset) -> Claim:
    unused, used = (untrained_gain(role(bits, name)) for name in ("unused", "used"))
    because = (
        "AUROC in the re-initialised minus that in the trained network, least over the unused "
        f"variables; of each {listed(unused, 3)}"
    )
    control = "used variables", used.max("variable")
    return above(0.0, unused.min("variable"), control=control, because=because)


@of_bits("Spectrum-matched networks lie between the two for the linear variable.", PROTOTYPE)
def b1_spectrum(bits: xr.Dataset) -> Claim:
    linear = of_label(bits, "role", "unused_linear")["auroc"].isel(variable=0)
    because = "AUROC: distance to the nearer of trained and re-initialised, negative outside"
    ends, control = ("none", "untrained"), ("permuted weights", "permuted")
    return lies_between(linear, ends, "spectrum", control, because)


def _recognised(name: str, other: str, verdict: str, bits: xr.Dataset) -> Claim:
    here = role(bits, name)
    by_covariance = float(share(here, verdict, direction=COVARIANCE).mean())
    control = f"{other} variables", share(role(bits, other), verdict)
    because = f"random directions of equal norm; by equal covariance {by_covariance:.2f}"
    return above(MOSTLY, share(here, verdict), control=control, because=because)


RECOGNISED = [
    of_bits(f"The rule judges {name} variables {verdict}.", RULE)(
        partial(_recognised, name, other, verdict), id=f"b1_{name}_{verdict.lower()}"
    )
    for name, other, verdict in (("used", "unused", "MODEL"), ("unused", "used", "DATASET"))
]
b1_unused_not_model = of_bits("The rule does not judge unused variables MODEL.", RULE)(
    partial(not_model, "random directions of equal norm"), id="b1_unused_not_model"
)


@of_bits(
    "Used variables also stand out among random directions of equal covariance.",
    "Mendel (comments), control of B-1",
)
def used_covariance(bits: xr.Dataset) -> Claim:
    return _moves(EFFECT, by_covariance, SMALLER, bits)


@of_bits(
    "In logits too, which do not saturate, a used variable moves the output more than 10 times "
    "as far as a random direction of equal norm.",
    SEEN,
)
def b1_ratio_logit(bits: xr.Dataset) -> Claim:
    because = "as b1_ratio, with the size of the change of the logits"
    return _moves(FAR_MORE, partial(by_norm, outcome=LOGIT), because, bits)


@of_bits("Steering along unused variables hardly moves probabilities.", SEEN, no_effect=True)
def unused_probability(bits: xr.Dataset) -> Claim:
    because = "largest mean |dp|, of all outputs, over the unused variables"
    return _rests(SMALL, partial(effect, outcome=PROBABILITY), because, bits)


@of_bits(
    "Steering along unused variables moves the output less than random directions of equal "
    "covariance.",
    SEEN,
)
def unused_covariance(bits: xr.Dataset) -> Claim:
    logits = float(_most_unused(partial(by_covariance, outcome=LOGIT), bits).mean())
    return _rests(NOTHING, by_covariance, f"{LARGEST} covariance; in logits {logits:.2f}", bits)

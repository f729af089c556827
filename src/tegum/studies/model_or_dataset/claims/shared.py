"""What the findings share: sources, the levels of the rule, and the numbers that are compared."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import MissingError, at
from tegum.ledger.claims import Claim, Control, above
from tegum.ledger.findings import Untested, finding

PROTOTYPE = "Mendel (comments); a small prototype of five seeds"
SEEN = "added after the first result, to tell what it means"
RULE = "the verdict rule, on variables whose role is known"
QUESTION = "Mendel (comments): would the feature-finder find it anywhere?"
ANALOGUE = "; here an analogue at small size"

EFFECT = 2.0
"""Least ratio of an effect, as in the verdict rule."""
MOSTLY = 0.9
"""Least share of the used (unused) variables that the rule has to recognise: own choice."""
ERROR = 0.05
"""Largest share of false positives: the rule's level."""
MOST = 0.5
"""Least share that is most of a gap, or most of the latents."""
CONVERGED = 0.05
"""Largest change of the loss over the last half of training at which a verdict counts: own
choice."""

NORM, COVARIANCE = "equal_norm", "equal_covariance"
EXPECTED, PROBABILITY, LOGIT = "expected", "probability", "logit"

trained = partial(finding, converged=CONVERGED)
"""Decorates the findings about trained models and dictionaries fitted to them."""


def needs(sizes: str) -> Claim:
    """Says what would test a finding that no sweep can.

    Raises:
        Untested: always.
    """
    raise Untested(f"needs {sizes}")


def labelled(ds: xr.Dataset, label: str, *wanted: str) -> xr.Dataset:
    """Those entries of the axis along which `label` is given that are labelled so.

    Raises:
        MissingError: where there are none.
    """
    (axis,) = ds[label].dims
    places = np.flatnonzero(ds[label].isin(wanted))
    if not places.size:
        raise MissingError(f"there is no {axis} of the {label} {' or '.join(wanted)}")
    return ds.isel({axis: places})


def used(ds: xr.Dataset) -> xr.Dataset:
    """The variables that the model uses."""
    return labelled(ds, "role", "used")


def unused(ds: xr.Dataset) -> xr.Dataset:
    """The known variables that it does not use."""
    return labelled(ds, "role", "unused_linear", "unused_nonlinear")


def ratio(ds: xr.Dataset, direction: str, outcome: str = EXPECTED) -> xr.DataArray:
    """Effect over that of random directions, of true labels at the multiple 1: (seed, variable)."""
    here = at(ds, alpha=1.0, outcome=outcome, direction=direction).isel(labelling=0)
    return here["effect"] / here["effect_random"]


def share(ds: xr.Dataset, *verdicts: str, direction: str = NORM) -> xr.DataArray:
    """Of the variables, those whose true labels get one of the verdicts, per seed."""
    found = at(ds["verdict"], direction=direction, outcome=EXPECTED).isel(labelling=0)
    return found.isin(verdicts).mean("variable")


def share_of_random(ds: xr.Dataset, verdict: str, kind: str = "random") -> xr.DataArray:
    """Of the labels that say nothing, of samples or of types of input, those with a verdict."""
    found = at(labelled(ds, "labels", kind)["verdict"], direction=NORM, outcome=EXPECTED)
    return (found == verdict).mean(["variable", "labelling"])


def less_unexplained(fvu: xr.DataArray, controls: tuple[str, ...], because: str) -> Claim:
    """Whether a dictionary of the trained model leaves less than under each of some controls."""
    own = at(fvu, control="none")
    more = at(fvu, control=controls).min("control") - own
    return above(0.0, more, control=another_seed(own), because=because)


def another_seed(own: xr.DataArray) -> Control:
    """Differences between the trained models of two seeds, beside which comparisons are seen."""
    return "the trained model of another seed", np.roll(own.values, 1) - own.values

"""What the findings share: sources, the levels of the rule, and the numbers that are compared."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at, those
from tegum.ledger.claims import Claim, Values, above, below
from tegum.ledger.findings import Finding, Untested, finding

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
UNUSED = ("unused_linear", "unused_nonlinear")
BOTH = ("variable", "labelling")

trained = partial(finding, converged=CONVERGED)
"""Decorates the findings about trained models and dictionaries fitted to them."""


def published(name: str, statement: str, source: str, needs: str) -> Finding:
    """A finding that no sweep can test, with what would."""

    def untested() -> Claim:
        raise Untested(f"needs {needs}")

    return finding((), statement, source)(untested, id=name)


def of_label(ds: xr.Dataset, label: str, *wanted: str) -> xr.Dataset:
    """Those entries of the axis along which `label` is given that are labelled so.

    Raises:
        MissingError: where there are none.
    """
    (axis,) = ds[label].dims
    told = f"of the {label} {' or '.join(wanted)}"
    return those(ds, str(axis), ds[label].isin(wanted), told)


def role(ds: xr.Dataset, name: str) -> xr.Dataset:
    """The variables that a model has a use for, `used`, or not, `unused`; or `latent`."""
    return of_label(ds, "role", *(UNUSED if name == "unused" else (name,)))


def true(values: xr.DataArray, **where: float | str) -> xr.DataArray:
    """Those of the true labels."""
    return at(values, **where).isel(labelling=0)


def ratio(ds: xr.Dataset, direction: str, outcome: str = EXPECTED) -> xr.DataArray:
    """Effect over that of random directions at the multiple 1: (seed, variable)."""
    known = {"alpha": 1.0, "outcome": outcome}
    return true(ds["effect"], **known) / true(ds["effect_random"], **known, direction=direction)


def share(ds: xr.Dataset, *verdicts: str, direction: str = NORM) -> xr.DataArray:
    """Of the variables, those whose true labels get one of the verdicts, per seed."""
    found = true(ds["verdict"], direction=direction, outcome=EXPECTED)
    return found.isin(verdicts).mean("variable")


def share_of_random(ds: xr.Dataset, verdict: str, kind: str = "random") -> xr.DataArray:
    """Of labels that say nothing, of samples or of types of input, those that get a verdict."""
    found = at(of_label(ds, "labels", kind)["verdict"], direction=NORM, outcome=EXPECTED)
    return (found == verdict).mean(BOTH)


def between(values: xr.DataArray, first: str, middle: str, last: str) -> Values:
    """How far one control lies from the nearer of two others, negative outside them."""
    low, here, high = (at(values, control=name) for name in (first, middle, last))
    return np.minimum(here - low, high - here)


def not_model(because: str, ds: xr.Dataset) -> Claim:
    """Whether the rule does not judge the unused variables MODEL."""
    found, other = (share(role(ds, name), "MODEL") for name in ("unused", "used"))
    return below(ERROR, found, control=("used variables", other), because=because)


def less_unexplained(fvu: xr.DataArray, controls: tuple[str, ...], because: str) -> Claim:
    """Whether a dictionary of the trained model leaves less than under each of some controls."""
    own = at(fvu, control="none")
    another = np.roll(own.values, 1) - own.values
    return above(
        0.0,
        at(fvu, control=controls).min("control") - own,
        control=("the trained model of another seed", another),
        because=because,
    )

"""What claims read of judged evidence on variables of known role (`tegum.evidence.layout`)."""

import xarray as xr

from tegum.labels import at, those

NORM, COVARIANCE = "equal_norm", "equal_covariance"
EXPECTED, PROBABILITY, LOGIT = "expected", "probability", "logit"
UNUSED = ("unused_linear", "unused_nonlinear")
BOTH = ("variable", "labelling")


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


def effect(ds: xr.Dataset, outcome: str = EXPECTED) -> xr.DataArray:
    """Mean size of the effect at the multiple 1: (seed, variable)."""
    return true(ds["effect"], alpha=1.0, outcome=outcome)


def ratio(ds: xr.Dataset, direction: str, outcome: str = EXPECTED) -> xr.DataArray:
    """Effect over that of random directions at the multiple 1: (seed, variable)."""
    random = true(ds["effect_random"], alpha=1.0, outcome=outcome, direction=direction)
    return effect(ds, outcome) / random


def share(ds: xr.Dataset, *verdicts: str, direction: str = NORM) -> xr.DataArray:
    """Of the variables, those whose true labels get one of the verdicts, per seed."""
    found = true(ds["verdict"], direction=direction, outcome=EXPECTED)
    return found.isin(verdicts).mean("variable")


def share_of_random(ds: xr.Dataset, verdict: str, kind: str = "random") -> xr.DataArray:
    """Of labels that say nothing, of samples or of types of input, those that get a verdict."""
    found = at(of_label(ds, "labels", kind)["verdict"], direction=NORM, outcome=EXPECTED)
    return (found == verdict).mean(BOTH)


def untrained_gain(ds: xr.Dataset) -> xr.DataArray:
    """AUROC in the untrained minus that in the trained model, per variable."""
    return at(ds["auroc"], control="untrained") - at(ds["auroc"], control="none")

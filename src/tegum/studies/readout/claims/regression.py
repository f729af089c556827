"""C1: squared errors beside the bound of principal components."""

import numpy as np
import xarray as xr

from tegum.labels import at, at_least
from tegum.ledger.claims import Claim, below, within
from tegum.ledger.findings import Untested, finding
from tegum.studies.readout.claims.shared import DERIVED, PROTOTYPE, trained

ATTAINED = 0.01
"""Largest relative distance of a loss from its bound that attains it: own choice."""
ROUNDING = 1e-5
"""Largest relative deviation that single precision of the weights explains."""
LINEAR, RELU = {"readout": "linear"}, {"readout": "relu"}
BOTH = {"readout": ("linear", "relu")}


@trained(
    "regression",
    "The linear readout attains the bound of principal components.",
    PROTOTYPE,
    at=LINEAR,
    kind="exact",
)
def c1_linear(ds: xr.Dataset) -> Claim:
    linear = at(ds["loss_ratio"], control="none", **LINEAR)
    return within(
        ATTAINED,
        float(np.abs(linear - 1).max()),
        cases=linear.size,
        because="largest |L / L* - 1|: the loss of the trained weights in closed form, L* from "
        "the eigenvalues of the covariance",
    )


@finding(
    "regression",
    "No linear readout, trained or not, has a loss below that bound.",
    DERIVED,
    at=LINEAR,
    kind="exact",
)
def c1_bound(ds: xr.Dataset) -> Claim:
    every = at(ds["loss_ratio"], **LINEAR)
    return within(
        ROUNDING,
        max(0.0, float(1 - every.min())),
        cases=every.size,
        because="largest 1 - L / L* of trained and untrained models",
    )


@trained(
    "regression",
    "The ReLU readout is below the bound at every feature probability < 1.",
    PROTOTYPE,
    at=BOTH,
)
def c1_relu(ds: xr.Dataset) -> Claim:
    ratio = at(ds["loss_ratio"], control="none")
    sparse = ratio["feature_probability"] < 1
    if not sparse.any():
        raise Untested("feature_probability has no value < 1")
    largest = ratio.where(sparse).max("feature_probability")
    dense = ""
    if not sparse.all():
        dense = f"; at 1 it is {float(at(ratio, **RELU).where(~sparse).mean()):.3f}"
    return below(
        1.0,
        at(largest, **RELU),
        unit="L*",
        control=("the linear readout", at(largest, **LINEAR)),
        because=f"largest loss / bound over the feature probabilities < 1{dense}",
    )


@trained("regression", "It is further below it the sparser the features.", PROTOTYPE, at=BOTH)
def c1_sparser(ds: xr.Dataset) -> Claim:
    ratio = at(at_least(ds, feature_probability=2)["loss_ratio"], control="none")
    ordered = ratio.sortby("feature_probability", ascending=False)
    change = ordered.diff("feature_probability").max("feature_probability")
    return below(
        0.0,
        at(change, **RELU),
        unit="L*",
        control=("the linear readout", at(change, **LINEAR)),
        because="largest change of loss / bound from one probability to the next smaller",
    )

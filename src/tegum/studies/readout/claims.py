"""Findings about readouts, judged; see `findings` for thresholds and sources."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.ledger.claims import Claim, exact, statistical
from tegum.studies.readout import findings as f
from tegum.studies.readout.claims_dictionaries import dictionaries
from tegum.studies.readout.claims_softmax import geometry, softmax

FINDINGS = tuple(f.FINDINGS)


def claims(data: Mapping[str, xr.Dataset]) -> list[Claim]:
    """Every finding with its verdict; `data` maps sweep to measured Dataset."""
    return [*_regression(data["regression"]), *softmax(data), *geometry(data), *dictionaries(data)]


def _regression(ds: xr.Dataset) -> list[Claim]:
    trained = ds["loss_ratio"].sel(control="none")
    linear, relu = trained.sel(readout="linear"), trained.sel(readout="relu")
    every = ds["loss_ratio"].sel(readout="linear")
    sparse = relu["feature_probability"] < 1
    ordered = trained.sortby("feature_probability", ascending=False)
    change = ordered.diff("feature_probability").max("feature_probability")
    return [
        exact(
            *f.told("c1_linear"),
            estimate=float(np.abs(linear - 1).max()),
            threshold=f.ATTAINED,
            n=linear.size,
            reason="largest |L / L* - 1|: the loss of the trained weights in closed form, L* from "
            "the eigenvalues of the covariance",
        ),
        exact(
            *f.told("c1_bound"),
            estimate=max(0.0, float(1 - every.min())),
            threshold=f.ROUNDING,
            n=every.size,
            reason="largest 1 - L / L* of trained and untrained models",
        ),
        statistical(
            *f.told("c1_relu"),
            values=relu.where(sparse).max("feature_probability").values,
            threshold=1.0,
            direction="below",
            unit="L*",
            control="the linear readout",
            control_values=linear.where(sparse).max("feature_probability").values,
            reason="largest loss / bound over the feature probabilities < 1; at 1 it is "
            f"{float(relu.where(~sparse).mean()):.3f}",
        ),
        statistical(
            *f.told("c1_sparser"),
            values=change.sel(readout="relu").values,
            threshold=0.0,
            direction="below",
            unit="L*",
            control="the linear readout",
            control_values=change.sel(readout="linear").values,
            reason="largest change of loss / bound from one probability to the next smaller",
        ),
    ]

"""Findings about families of probes: accuracy, and accuracy relative to the control task."""

import numpy as np
import xarray as xr

from tegum.ledger.claims import Claim, statistical
from tegum.studies.model_or_dataset import findings as at
from tegum.studies.model_or_dataset.findings import told


def families(scores: xr.Dataset) -> list[Claim]:
    """Every finding about families."""
    here = scores.sel(n_train=at.TESTED_N_TRAIN, method="nearest")
    accuracy = here["auroc"].mean("variable")
    memory = here["auroc_control"].mean("variable")
    own = accuracy - memory

    def lead(values: xr.DataArray, family: str) -> np.ndarray:
        others = values.sel(family=[f for f in values["family"].values if f != family])
        return (values.sel(family=family) - others.max("family")).values

    def told_of(values: xr.DataArray) -> str:
        means = values.mean("seed")
        return ", ".join(f"{f} {float(means.sel(family=f)):.3f}" for f in means["family"].values)

    def against(values: xr.DataArray) -> np.ndarray:
        return (values.sel(family="mlp") - values.sel(family="linear")).values

    where = f"mean over variables, {int(here['n_train'])} samples"
    return [
        statistical(
            *told("family_accuracy"),
            values=lead(accuracy, "mlp"),
            threshold=0.0,
            direction="above",
            control="on the control task",
            control_values=lead(memory, "mlp"),
            reason=f"lead of its AUROC, {where}: {told_of(accuracy)}",
        ),
        statistical(
            *told("family_selectivity"),
            values=lead(own, "linear"),
            threshold=0.0,
            direction="above",
            control="lead of its AUROC",
            control_values=lead(accuracy, "linear"),
            reason=f"lead of its AUROC minus that on the control task, {where}: {told_of(own)}",
        ),
        statistical(
            *told("b4_selectivity_analogue"),
            values=against(own),
            threshold=0.0,
            direction="below",
            control="difference of AUROC",
            control_values=against(accuracy),
            reason=f"MLP minus linear, {where}",
        ),
        statistical(
            *told("b4_memorising_analogue"),
            values=against(memory),
            threshold=0.0,
            direction="above",
            control="difference of AUROC on the true labels",
            control_values=against(accuracy),
            reason=f"MLP minus linear, {where}: {told_of(memory)}",
        ),
    ]

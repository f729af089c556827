"""Rows with the losses of their models: what probes read, the ladder, and verdicts."""

from collections.abc import Mapping

import xarray as xr

from tegum.data.rows import with_changes
from tegum.studies.model_or_dataset.schema import LOSSES


def with_models(found: xr.Dataset, rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """What was measured by cell, with the losses of the models and how far training moved."""
    found = found.drop_vars("loss_change", errors="ignore")
    found = found.assign({name: rows["train"][name] for name in LOSSES})
    return with_changes(found, rows, {"cell": range(found.sizes["cell"])})

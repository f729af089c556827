"""Errors of readoffs on the sweep's grid, with the controls beside them."""

from collections.abc import Mapping

import xarray as xr

from tegum.data.rows import join_controls
from tegum.experiment.cell import SweepView
from tegum.studies.boolean_gates.params import MeasureReadoff
from tegum.studies.boolean_gates.schema import ERRORS


def by_cell(sweep: SweepView[MeasureReadoff], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Errors (cell, control, ...); laws, and the neurons of a pair, (cell, ...)."""
    fit = rows["fit"]
    found = join_controls(fit[list(ERRORS)], rows.get("control")).transpose("cell", "control", ...)
    return found.assign({name: fit[name] for name in fit.data_vars if name not in ERRORS})

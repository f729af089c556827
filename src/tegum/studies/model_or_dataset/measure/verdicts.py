"""Verdicts beside their evidence, for each outcome and kind of random direction."""

from collections.abc import Mapping

import xarray as xr

from tegum.evidence.judged import judged
from tegum.experiment.cell import SweepView
from tegum.studies.model_or_dataset.measure import with_models
from tegum.studies.model_or_dataset.params import Judged


def by_cell(sweep: SweepView[Judged], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Measure one sweep of evidence."""
    return with_models(judged(rows["control"], sweep.params.alpha), rows)

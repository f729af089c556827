"""What probes read, and the losses of the models that they read."""

from collections.abc import Mapping

import xarray as xr

from tegum.experiment.cell import SweepView
from tegum.studies.model_or_dataset.measure import with_models
from tegum.studies.model_or_dataset.params import Scores


def by_cell(sweep: SweepView[Scores], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Measure one sweep of probes."""
    return with_models(rows["fit"], rows)

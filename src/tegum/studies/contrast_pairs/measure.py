"""Rows on the sweep's grid, the untrained models beside them, and what theory expects.

`majority` is the share of the larger class among the test pairs. `expected_*` are of the top
principal component: its accuracy with endless pairs (`expected_accuracy`) and with as many as there
are (`expected_sampled`), its |cos| with the truth with as many as there are. `ceiling` is that of
the known truth. They are NaN where test pairs have another law, and for models.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.controls.joined import with_controls
from tegum.data.rows import with_changes
from tegum.experiment.cell import Cell, SweepView
from tegum.labels import variable
from tegum.studies.contrast_pairs.pairs import law
from tegum.studies.contrast_pairs.params import Hidden, Measure
from tegum.theory.contrast_pairs import ceiling, expected_tpc

LONG_NAMES = {
    "majority": "share of the larger class",
    "expected_accuracy": "expected accuracy of the top component",
    "expected_sampled": "the same, with as many pairs as there are",
    "expected_cos": "expected |cos| of the top component with the truth",
    "ceiling": "balanced accuracy of the known truth",
}


def run(sweep: SweepView[Measure], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Measure one sweep; variables have the sweep's axes first, then inner dims."""
    found = with_controls(rows["fit"], rows.get("control"))
    theory = np.array([_theory(cell) for cell in sweep.cells], np.float32)
    shape = [len(v) for v in sweep.axes.values()]
    for name, values in zip(LONG_NAMES, theory.T, strict=True):
        found[name] = variable(tuple(sweep.axes), values.reshape(shape), LONG_NAMES[name], "1")
    return with_changes(found.transpose(*sweep.axes, ...), rows, sweep.axes)


def _theory(cell: Cell[Measure]) -> list[float]:
    section = cell.upstream["fit"]
    mine, test = law(section), law(section, test=True)
    majority = max(test.truth_probability, 1.0 - test.truth_probability)
    if isinstance(section, Hidden) or test != mine:
        return [majority] + [np.nan] * 4
    sampled = expected_tpc(mine, section.n_inputs, section.n_train)
    whole = expected_tpc(mine)
    return [majority, whole.accuracy, sampled.accuracy, sampled.cos_truth, ceiling(mine)]

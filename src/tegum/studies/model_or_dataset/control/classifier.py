"""Evidence on the known variables of classifiers."""

from collections.abc import Mapping, Sequence
from functools import partial

import xarray as xr

from tegum.evidence.bench import bench, evidence
from tegum.experiment.cell import Cell, Context
from tegum.studies.model_or_dataset.classifiers import new_model
from tegum.studies.model_or_dataset.fit.classifier import of_bits
from tegum.studies.model_or_dataset.params import ClassifierVerdicts, FitProbes
from tegum.synthetic.bits import ROLES
from tegum.training.rows import weights_from_row


def run(
    cells: Sequence[Cell[ClassifierVerdicts]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Evidence on every variable of each cell."""
    subjects = []
    for index, cell in enumerate(cells):
        probe: FitProbes = cell.upstream["fit"]
        new = partial(new_model, cell.upstream["train"])
        weights = weights_from_row(rows["train"].isel(cell=index), new([0]))
        case = of_bits(cell, probe.typed_bits, probe.n_train + cell.params.n_test)
        on = bench(cell, probe, case, new, weights, context.device)
        subjects.append([(on, subject) for subject in on.variables(ROLES)])
    return evidence(cells[0].params, subjects)

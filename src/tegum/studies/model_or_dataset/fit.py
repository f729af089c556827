"""Probes of a classifier's variables, or the dictionary of a language model."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.evidence.labels import Reader, control_labels
from tegum.experiment.cell import Cell, Context
from tegum.labels import coordinate, variable
from tegum.studies.model_or_dataset import cases
from tegum.studies.model_or_dataset.activations import readings
from tegum.studies.model_or_dataset.dictionaries import by_architecture, fitted
from tegum.studies.model_or_dataset.models import model_with, weights_of
from tegum.studies.model_or_dataset.params import Fit, Train
from tegum.studies.model_or_dataset.quality import measured, rows


def run(
    cells: Sequence[Cell[Fit]], upstream: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, …) of the probes, or of the dictionaries."""
    params: Train = cells[0].upstream["train"]
    make = _probes if params.model == "classifier" else _dictionaries
    return make(cells, upstream["train"], context)


def _probes(cells: Sequence[Cell[Fit]], train: xr.Dataset, context: Context) -> xr.Dataset:
    found, names = [], []
    for index, cell in enumerate(cells):
        params: Train = cell.upstream["train"]
        section: Fit = cell.params
        case = cases.bits_case(cell, params, section, section.n_train + section.n_test)
        model = model_with(params, weights_of(params, train.isel(cell=index)), context.device)
        reader = Reader(
            case.read(model), section.n_train, section.family, section.l2, cell.stream("init")
        )
        seed, names = cell.stream("control"), list(case.labels)
        controls = []
        for y in case.labels.values():
            task = control_labels(y, case.types, section.labellings, seed)["control_task"]
            controls.append(np.mean([reader.auroc(labels) for labels in task]))
        found.append(([reader.auroc(y) for y in case.labels.values()], controls))
    auroc, control = (np.array(part, np.float32) for part in zip(*found, strict=True))
    roles = np.array([cases.ROLES[name] for name in names], dtype=object)
    return xr.Dataset(
        {
            "auroc": variable(("cell", "variable"), auroc, "AUROC", "1"),
            "auroc_control": variable(("cell", "variable"), control, "AUROC, control task", "1"),
        },
        {
            "variable": coordinate("variable", np.array(names, dtype=object), "variable"),
            "role": variable("variable", roles, "known role", "1"),
        },
    )


def _dictionaries(cells: Sequence[Cell[Fit]], train: xr.Dataset, context: Context) -> xr.Dataset:
    sections: list[Fit] = [cell.params for cell in cells]
    read = readings(cells, sections, train, context.device)
    found: list[dict[str, Any]] = [{}] * len(cells)
    for places in by_architecture(sections):
        made = fitted(
            [read[i].activations[0] for i in places],
            [cells[i] for i in places],
            sections[places[0]],
            context.device,
            "",
        )
        for dictionary, i in zip(made, places, strict=True):
            found[i] = measured(dictionary, *read[i].activations, *read[i].corpora)
    return rows(found)

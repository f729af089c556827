"""Probes of a classifier's variables, or the dictionary of a language model."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import coordinate, variable
from tegum.studies.model_or_dataset import cases
from tegum.studies.model_or_dataset.activations import FITTED, HELD_OUT, corpus, stream
from tegum.studies.model_or_dataset.dictionaries import fitted, parts
from tegum.studies.model_or_dataset.evidence import Reader, labellings
from tegum.studies.model_or_dataset.models import model_with, weights_of
from tegum.studies.model_or_dataset.params import Fit, Train
from tegum.studies.model_or_dataset.quality import labelled, measured


def run(cells: Sequence[Any], rows: Mapping[str, xr.Dataset], context: Any) -> xr.Dataset:
    """Rows (cell, …) of the probes, or of the dictionary with its weights."""
    params: Train = cells[0].upstream["train"]
    make = _probes if params.model == "classifier" else _dictionaries
    return make(cells, rows["train"], context)


def _probes(cells: Sequence[Any], train: xr.Dataset, context: Any) -> xr.Dataset:
    found, names = [], []
    for index, cell in enumerate(cells):
        params: Train = cell.upstream["train"]
        section: Fit = cell.params
        case = cases.bits_case(cell, params, section, section.n_train + section.n_test)
        model = model_with(params, weights_of(params, train.isel(cell=index)), context.device)
        reader = Reader(case.read(model), section, cell.stream("init"))
        seed, names = cell.stream("control"), list(case.labels)
        controls = []
        for y in case.labels.values():
            task = labellings(y, case.types, section.labellings, seed)["control_task"]
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


def _dictionaries(cells: Sequence[Any], train: xr.Dataset, context: Any) -> xr.Dataset:
    params: Train = cells[0].upstream["train"]
    section: Fit = cells[0].params
    held, activations = [], {FITTED: [], HELD_OUT: []}
    for index, cell in enumerate(cells):
        weights = weights_of(params, train.isel(cell=index))
        held.append([corpus(cell, params, section, step) for step in activations])
        for part, step in zip(held[-1], activations, strict=True):
            activations[step].append(stream(params, section, weights, part.words, context.device))
    dictionary = fitted(activations[FITTED], cells, section, context.device, "")
    rows = [
        measured(dictionary, i, *(activations[step][i] for step in activations), *held[i])
        for i in range(len(cells))
    ]
    return labelled(rows, ("cell",)).merge(parts(dictionary, len(cells)))

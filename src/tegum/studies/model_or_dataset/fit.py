"""Probes of a classifier's variables, or the dictionary of a language model."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import coordinate, variable
from tegum.studies.model_or_dataset import cases
from tegum.studies.model_or_dataset.activations import FITTED, HELD_OUT, corpus, stream
from tegum.studies.model_or_dataset.dictionaries import fitted, parts
from tegum.studies.model_or_dataset.evidence import (
    LABEL_CONTROLS,
    ControlLabels,
    Reader,
    labellings,
)
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
        controls = [
            ControlLabels(reader, labellings(y, case.types, section.labellings, seed)).auroc()
            for y in case.labels.values()
        ]
        found.append(([reader.auroc(y) for y in case.labels.values()], controls))
    auroc, control = (np.array(part, np.float32) for part in zip(*found, strict=True))
    coords = {"variable": names, "label_control": list(LABEL_CONTROLS)}
    labels = {d: coordinate(d, np.array(v, dtype=object), d) for d, v in coords.items()}
    roles = np.array([cases.ROLES[name] for name in names], dtype=object)
    return xr.Dataset(
        {
            "auroc": variable(("cell", "variable"), auroc, "AUROC", "1"),
            "auroc_control": variable(
                ("cell", "variable", "label_control"), control, "AUROC of control labels", "1"
            ),
        },
        labels | {"role": variable("variable", roles, "known role", "1")},
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

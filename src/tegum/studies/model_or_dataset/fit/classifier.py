"""Probes of a classifier's variables."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import xarray as xr

from tegum.evidence.bench import Samples
from tegum.evidence.labels import Reader, control_labels
from tegum.evidence.synthetic import bit_samples
from tegum.experiment.cell import Cell, Context
from tegum.experiment.params import Section
from tegum.models.classifier import Classifier
from tegum.models.weights import with_weights
from tegum.studies.model_or_dataset.classifiers import new_model
from tegum.studies.model_or_dataset.params import FitProbes, TrainClassifier
from tegum.studies.model_or_dataset.schema import SCHEMAS
from tegum.synthetic.bits import ROLES, bits
from tegum.training.rows import weights_from_row


def run(
    cells: Sequence[Cell[FitProbes]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Fit and score the probes of every cell; returns rows (cell, variable)."""
    found = {"auroc": [], "auroc_control": []}
    for index, cell in enumerate(cells):
        section, new = cell.params, partial(new_model, cell.upstream["train"])
        weights = weights_from_row(rows["train"].isel(cell=index), new([0]))
        case = of_bits(cell, section.typed_bits, section.n_train + section.n_test)
        x = case.read(with_weights(new, weights, context.device))
        reader = Reader(x, section.n_train, section.family, section.l2, cell.stream("init"))
        found["auroc"].append([reader.auroc(y) for y in case.labels.values()])
        seed = cell.stream("control")
        drawn = [
            control_labels(y, case.types, section.labellings, seed)["control_task"]
            for y in case.labels.values()
        ]
        controls = [np.mean([reader.auroc(labels) for labels in task]) for task in drawn]
        found["auroc_control"].append(controls)
    coords = {"variable": np.array(list(ROLES), object), "role": list(ROLES.values())}
    return SCHEMAS["fit/classifier"].dataset(found, coords)


def of_bits(cell: Cell[Section], typed_bits: int, samples: int) -> Samples[Classifier]:
    """Fresh bits with the variables of `tegum.synthetic.bits`.

    Args:
        typed_bits: random bits that make the input's type.
    """
    params: TrainClassifier = cell.upstream["train"]
    x = bits(cell.stream("evaluation"), 1, samples, params.n_bits, params.bit_probability)
    typed = np.random.default_rng(cell.stream("control")).permutation(params.n_bits)[:typed_bits]
    return bit_samples(x, typed)

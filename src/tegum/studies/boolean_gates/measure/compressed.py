"""Losses of compressed computation, and how much of the weights lies where M is positive.

The control `untrained` are the same models before training.
"""

from collections.abc import Mapping

import numpy as np
import torch
import xarray as xr

from tegum.experiment.cell import SweepView
from tegum.studies.boolean_gates.params import Compressed, MeasureCompressed
from tegum.studies.boolean_gates.rows import labelled
from tegum.studies.boolean_gates.schema import SCHEMAS
from tegum.studies.boolean_gates.train.compressed import (
    EVALUATION,
    features,
    mixing_matrix,
    untrained,
)
from tegum.theory.gates import naive_loss

CONTROLS = ("none", "untrained")


def by_cell(sweep: SweepView[MeasureCompressed], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """(cell, control) and, of M alone, (cell,); eigenspaces are NaN where there is no mixing."""
    train, found, alone = rows["train"], [], []
    for i, cell in enumerate(sweep.cells):
        section: Compressed = cell.upstream["train"]
        mixing = mixing_matrix(section, cell)
        values, vectors = np.linalg.eigh(mixing)
        positive = vectors[:, values > 0] if section.mixing else None
        alone.append((_naive(section, values), np.nan if positive is None else (values > 0).mean()))
        start = untrained([section], [cell])
        with torch.no_grad():
            batch = features([section], [cell], "evaluation", EVALUATION).batch(0)
            before = float(start.loss(batch)[0])
        weights = {
            "none": (train["encoder"].values[i], train["decoder"].values[i].T),
            "untrained": tuple(
                w[0].detach().numpy() for w in (start.encoder, start.decoder.transpose(1, 2))
            ),
        }
        losses = float(train["evaluation_loss"][i]), before
        for loss, name in zip(losses, CONTROLS, strict=True):
            share = positive_share(weights[name], positive)
            found.append({"loss_ratio": np.array(loss), "positive_share": np.array(share)})
    whole = labelled("measure/compressed", found, CONTROLS)
    naive, rank = np.array(alone, np.float32).T
    known = SCHEMAS["measure/compressed"].dataset({"naive_ratio": naive, "positive_rank": rank})
    return whole.merge(known).assign(loss_change=train["loss_change"])


def _naive(section: Compressed, eigenvalues: np.ndarray) -> float:
    """Loss of one neuron per feature on the same task: what M asks for is added to it."""
    p, n = section.feature_probability, section.n_features
    null = naive_loss(n, section.n_neurons, p)
    return float(1 + (eigenvalues**2).mean() * p / 3 / null)


def positive_share(weights: tuple[np.ndarray, ...], positive: np.ndarray | None) -> float:
    """Share of the squared weights (feature, hidden) in a subspace, mean of both matrices."""
    if positive is None:
        return np.nan
    return float(np.mean([np.sum((positive.T @ w) ** 2) / np.sum(w**2) for w in weights]))

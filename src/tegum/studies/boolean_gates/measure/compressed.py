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
from tegum.studies.boolean_gates.train.compressed import (
    EVALUATION,
    features,
    mixing_matrix,
    untrained,
)

CONTROLS = ("none", "untrained")


def by_cell(sweep: SweepView[MeasureCompressed], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """(cell, control) and, of M alone, (cell,); eigenspaces are NaN where there is no mixing."""
    train, found, ranks = rows["train"], [], []
    for i, cell in enumerate(sweep.cells):
        section: Compressed = cell.upstream["train"]
        mixing = mixing_matrix(section, cell)
        values, vectors = np.linalg.eigh(mixing)
        positive = vectors[:, values > 0] if section.mixing else None
        ranks.append(np.nan if positive is None else positive.shape[1] / len(values))
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
    labels = {"long_name": "share of positive eigenvalues of M", "units": "1"}
    rank = xr.Variable("cell", np.array(ranks, np.float32), labels)
    return whole.assign(loss_change=train["loss_change"], positive_rank=rank)


def positive_share(weights: tuple[np.ndarray, ...], positive: np.ndarray | None) -> float:
    """Share of the squared weights (feature, hidden) in a subspace, mean of both matrices."""
    if positive is None:
        return np.nan
    return float(np.mean([np.sum((positive.T @ w) ** 2) / np.sum(w**2) for w in weights]))

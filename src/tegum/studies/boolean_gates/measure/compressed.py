"""Losses of compressed computation, and how much of the weights lies where M is positive.

The control `untrained` are the same models before training.
"""

from collections.abc import Mapping

import numpy as np
import torch
import xarray as xr

from tegum.experiment.cell import SweepView
from tegum.metrics.compressed import naive_ratio, positive_eigenspace, share_inside
from tegum.models.gate_networks import mixing_matrix
from tegum.models.gate_sections import Compressed
from tegum.studies.boolean_gates.params import MeasureCompressed
from tegum.studies.boolean_gates.rows import labelled
from tegum.studies.boolean_gates.schema import SCHEMAS
from tegum.studies.boolean_gates.train.compressed import EVALUATION, untrained
from tegum.synthetic.sparse import SparseFeatures


def by_cell(sweep: SweepView[MeasureCompressed], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """(cell, control) and, of M alone, (cell,); eigenspaces are NaN where there is no mixing."""
    train, found, alone = rows["train"], [], []
    for i, cell in enumerate(sweep.cells):
        section: Compressed = cell.upstream["train"]
        n, p = section.n_features, section.feature_probability
        mixing = section.mixing * mixing_matrix(cell.stream("init"), n, section.stream_width)
        space = positive_eigenspace(mixing)
        rank = np.nan if space is None else space.shape[1] / n
        alone.append((naive_ratio(mixing, section.n_neurons, p), rank))
        start = untrained([section], [cell])
        batch = SparseFeatures([cell.stream("evaluation")], [p], n, EVALUATION, True).batch(0)
        with torch.no_grad():
            before = float(start.loss(batch)[0]), start.encoder[0].numpy(), start.decoder[0].numpy()
        names = "evaluation_loss", "encoder", "decoder"
        after = tuple(train[name].values[i] for name in names)
        for loss, encoder, decoder in (after, before):
            share = share_inside(space, encoder, decoder.T)
            found.append({"loss_ratio": np.array(loss), "positive_share": np.array(share)})
    naive, rank = np.array(alone, np.float32).T
    known = {"naive_ratio": naive, "positive_rank": rank, "loss_change": train["loss_change"]}
    whole = labelled("measure/compressed", found, ("none", "untrained"))
    return whole.merge(SCHEMAS["measure/compressed"].dataset(known))

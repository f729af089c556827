"""Losses of compressed computation, and how much of the weights lies where M is positive.

The control `untrained` are the same models before training.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.data.found import rows_of
from tegum.experiment.cell import SweepView
from tegum.metrics import compressed
from tegum.studies.boolean_gates.params import MeasureCompressed
from tegum.studies.boolean_gates.schema import LABELS, SCHEMAS
from tegum.studies.boolean_gates.train.compressed import EVALUATION


def by_cell(sweep: SweepView[MeasureCompressed], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """(cell, control) and, of M alone, (cell,); eigenspaces are NaN where there is no mixing."""
    train, found, naive, rank = rows["train"], [], [], []
    for i, cell in enumerate(sweep.cells):
        section = cell.upstream["train"]
        mixing = compressed.scaled_mixing(section, cell.stream("init"))
        space = compressed.positive_eigenspace(mixing)
        naive.append(compressed.naive_ratio(section, mixing))
        rank.append(np.nan if space is None else space.shape[1] / len(space))
        model = compressed.untrained([section], [cell.stream("init")])
        fresh = compressed.features([section], [cell.stream("evaluation")], EVALUATION)
        start = model.loss(fresh.batch(0)), model.encoder, model.decoder
        before = [part[0].detach() for part in start]
        after = (train[name][i] for name in ("evaluation_loss", "encoder", "decoder"))
        for row in (after, before):
            loss, encoder, decoder = map(np.asarray, row)
            share = compressed.share_inside(space, encoder, decoder.T)
            found.append({"loss_ratio": loss, "positive_share": np.asarray(share)})
    alone = {"naive_ratio": naive, "positive_rank": rank, "loss_change": train["loss_change"]}
    whole = rows_of(SCHEMAS["measure/compressed"], found, LABELS, ("none", "untrained"))
    return whole.merge(SCHEMAS["measure/compressed"].dataset(alone))

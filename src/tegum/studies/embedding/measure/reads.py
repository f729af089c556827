"""By how much the loss rises when one layer does not see the output of an earlier one."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.layer_reads import CUTS, read_losses
from tegum.studies.embedding.decoders import evaluated, final_model, tokens
from tegum.studies.embedding.params import Reads
from tegum.studies.embedding.schema import READS


def by_cell(sweep: SweepView[Reads], rows: Rows) -> xr.Dataset:
    """Loss, and its increase (cell, cut, writer, reader)."""
    made = rows["generate"]["pair"].values
    each = [_increases(c, rows["train"].isel(cell=i), made[i]) for i, c in enumerate(sweep.cells)]
    found = {name: [one[name] for one in each] for name in each[0]}
    found |= {name: rows["train"][name].values for name in ("available", "loss_change")}
    blocks = each[0]["increase"].shape[1]
    at = {"cut": list(CUTS), "writer": np.arange(blocks), "reader": np.arange(blocks) + 1}
    return READS.dataset(found, at)


def _increases(cell: Cell[Reads], row: xr.Dataset, pairs: np.ndarray) -> dict[str, np.ndarray]:
    given, section = cell.upstream["generate"], cell.upstream["train"]
    text = tokens(given, pairs)
    size = section.n_layers + 1
    if text is None:
        return {"loss": np.array(np.nan), "increase": np.full((len(CUTS), size, size), np.nan)}
    words, model = evaluated(section, text[1])[None], final_model(section, given.n_tokens, row)
    found = [read_losses(model, words, cut, cell.stream("control")) for cut in CUTS]
    return {"loss": np.array(found[0][0]), "increase": np.stack([b - a for a, b in found])}

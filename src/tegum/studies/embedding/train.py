"""Decoders that learn their embedding: held-out loss, embedding at every look, final weights."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.studies.embedding.decoders import looks, new_model, tokens, trained
from tegum.studies.embedding.params import Train
from tegum.studies.embedding.schema import TRAIN
from tegum.training.rows import weights_to_rows


def run(cells: Sequence[Cell[Train]], rows: Rows, context: Context) -> xr.Dataset:
    """Rows (cell, ...); without the text all losses are NaN and weights are those of the start."""
    given = cells[0].upstream["generate"]
    steps = [0, *looks(cells[0].params)]
    text = tokens(given, rows["generate"]["pair"].values[0])
    if text is None:
        model = new_model(cells[0].params, given.n_tokens, [c.stream("init") for c in cells])
        start = {name: p.detach().numpy() for name, p in model.named_parameters()}
        found = {
            "evaluation_loss": np.full((len(cells), len(steps)), np.nan),
            "embedding": np.repeat(start["embedding"][:, None], len(steps), axis=1),
        }
        final, changes = start, {"loss_change": np.full(len(cells), np.nan)}
    else:
        result, found = trained(cells, context, text, given.n_tokens)
        final, changes = result.parameters, result.changes
    here = {"available": np.full(len(cells), text is not None)}
    rest = {name: value for name, value in final.items() if name != "embedding"}
    kept = TRAIN.dataset(here | found | changes, {"step": steps})
    return kept.assign(weights_to_rows(rest))

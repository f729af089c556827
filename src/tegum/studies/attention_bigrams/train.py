"""Train heads on bigrams that no other feature is part of; rows: their maps and losses."""

from collections.abc import Sequence

import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.models.score_head import ScoreHead
from tegum.studies.attention_bigrams.params import Train
from tegum.studies.attention_bigrams.schema import SCHEMAS
from tegum.synthetic.bigrams import BigramStream
from tegum.training.plan import padded
from tegum.training.rows import train_rows


def run(cells: Sequence[Cell[Train]], rows: Rows, context: Context) -> xr.Dataset:
    """Train one bucket of cells of equal shapes; returns their rows (cell, ...)."""
    pad, p = padded(list(cells)), cells[0].params
    model = ScoreHead(
        n_inputs=p.n_inputs,
        head=p.head,
        seeds=[c.stream("init") for c in pad],
        frozen=p.frozen,
    )
    stream = BigramStream(
        seeds=[c.stream("data") for c in pad],
        n_bigrams=p.n_matches,
        n_features=p.n_features,
        n_inputs=p.n_inputs,
        n_active=p.n_active,
        n_keys=p.n_keys,
        batch=p.batch,
        device=context.device,
    )
    schedule, schema = "linear_decay_second_half", SCHEMAS["train"]
    return train_rows(cells, context, schema, model, stream, schedule)

"""Train small transformers, causal and bidirectional; rows: their weights and losses."""

from collections.abc import Mapping, Sequence

import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.models.transformer import Transformer
from tegum.studies.contrast_pairs.params import Train
from tegum.studies.contrast_pairs.schema import SCHEMAS
from tegum.synthetic.statements import LENGTH, StatementStream, readout_position, vocabulary
from tegum.training.plan import padded
from tegum.training.rows import train, weights_to_rows


def transformer(each: Sequence[Train], seeds: Sequence[int]) -> Transformer:
    """Untrained transformers of equal shapes, one per cell."""
    first = each[0]
    return Transformer(
        n_tokens=vocabulary(first.n_statements),
        length=LENGTH,
        width=first.width,
        mlp_width=first.mlp_width,
        n_layers=first.n_layers,
        causal=[p.attention == "causal" for p in each],
        readout=[readout_position(p.label_position) for p in each],
        seeds=seeds,
        emphasis=[[1.0, p.distractor_emphasis] for p in each],
    )


def run(
    cells: Sequence[Cell[Train]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Train one bucket of cells of equal shapes; returns their rows (cell, ...)."""
    pad = padded(list(cells))
    each: list[Train] = [c.params for c in pad]
    first = each[0]
    stream = StatementStream(
        n_statements=first.n_statements,
        seeds=[c.stream("data") for c in pad],
        label_positions=[p.label_position for p in each],
        batch=first.batch,
        device=context.device,
    )
    model = transformer(each, [c.stream("init") for c in pad])
    schedule = "linear_decay_second_half"
    looks = (0, first.steps - 1)
    result = train(cells, context, model, stream, schedule, checkpoints=looks)
    found = SCHEMAS["train"].dataset({"loss": result.records["loss"], **result.changes})
    return found.assign(weights_to_rows(result.parameters))

"""Train small transformers, causal and bidirectional; rows: their weights and losses."""

from collections.abc import Sequence
from typing import Any

import xarray as xr

from tegum.labels import variable
from tegum.models.transformer import Transformer
from tegum.studies.contrast_pairs.params import Train
from tegum.synthetic.statements import LENGTH, StatementStream, readout_position, vocabulary
from tegum.training.harness import fit
from tegum.training.plan import Plan, padded
from tegum.training.schedules import Schedule


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


def run(cells: Sequence[Any], rows: Any, context: Any) -> xr.Dataset:
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
    plan = Plan(
        steps=first.steps,
        learning_rate=[p.learning_rate for p in each],
        schedule=Schedule("linear_decay_second_half", first.steps),
        checkpoints=(0, first.steps - 1),
    )
    result = fit(
        transformer(each, [c.stream("init") for c in pad]),
        stream,
        plan,
        keep=len(cells),
        scratch=context.scratch,
        progress=context.progress,
        device=context.device,
    )
    found = {
        "loss": variable(("cell", "checkpoint"), result.records["loss"], "training loss", "nat")
    }
    for name, value in result.parameters.items():
        inner = tuple(f"{stored(name)}_{axis}" for axis in range(value.ndim - 1))
        found[stored(name)] = variable(("cell", *inner), value, f"weight {name}", "1")
    return xr.Dataset(found)


def stored(name: str) -> str:
    """The variable that holds a parameter."""
    return f"weight_{name}".replace(".", "_")

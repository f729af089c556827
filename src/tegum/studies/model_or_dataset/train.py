"""Train the models of one bucket; rows: their weights and losses.

`loss_floor` is the exact cross-entropy of the language given all earlier tokens, and `loss_unigram`
that given none, on the sequences on which `loss_evaluation` is measured; they are 0 of classifiers.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr

from tegum.labels import variable
from tegum.studies.model_or_dataset.models import model_with, new_model, rules, stored
from tegum.studies.model_or_dataset.params import Train
from tegum.synthetic.batches import Stream
from tegum.synthetic.bits import BitStream
from tegum.synthetic.corpora import CorpusStream, next_token_loss
from tegum.training.harness import fit
from tegum.training.plan import Plan, padded
from tegum.training.schedules import Schedule

EVALUATED = 512
"""Samples, or sequences, of the evaluation set."""
LOSSES = {
    "loss_evaluation": "cross-entropy on fresh samples",
    "loss_floor": "exact cross-entropy given all earlier tokens",
    "loss_unigram": "cross-entropy of the frequencies of tokens",
}


def run(cells: Sequence[Any], rows: Any, context: Any) -> xr.Dataset:
    """Train one bucket of cells of equal shapes; returns their rows (cell, ...)."""
    pad = padded(list(cells))
    first: Train = cells[0].params
    stream = batches(first, [c.stream("data") for c in pad], first.batch, context.device)
    name = "constant" if first.model == "classifier" else "linear_decay_second_half"
    plan = Plan(
        steps=first.steps,
        learning_rate=[c.params.learning_rate for c in pad],
        weight_decay=first.weight_decay,
        schedule=Schedule(name, first.steps, warm_up=min(first.warm_up, first.steps)),
    )
    result = fit(
        new_model(first, [c.stream("init") for c in pad]),
        stream,
        plan,
        keep=len(cells),
        scratch=context.scratch,
        progress=context.progress,
        device=context.device,
    )
    found = {
        "loss": variable(("cell", "checkpoint"), result.records["loss"], "training loss", "nat"),
        "step": variable("checkpoint", result.steps, "step", "1"),
    }
    for name, value in result.parameters.items():
        inner = tuple(f"{stored(name)}_{axis}" for axis in range(value.ndim - 1))
        found[stored(name)] = variable(("cell", *inner), value, f"weight {name}", "1")
    each = [
        losses(cell, {n: v[i] for n, v in result.parameters.items()}, context.device)
        for i, cell in enumerate(cells)
    ]
    for number, (name, text) in enumerate(LOSSES.items()):
        values = np.array([e[number] for e in each], np.float32)
        found[name] = variable("cell", values, text, "nat")
    return xr.Dataset(found)


def batches(params: Train, seeds: Sequence[int], batch: int, device: str) -> Stream:
    """The training stream of models with these data streams."""
    if params.model == "classifier":
        return BitStream(
            seeds=seeds,
            n_bits=params.n_bits,
            probability=params.bit_probability,
            batch=batch,
            device=device,
        )
    return CorpusStream(rules(params), seeds, batch, params.context + 1, device)


def losses(cell: Any, weights: Any, device: str) -> tuple[float, float, float]:
    """The `LOSSES` of one cell's model on its evaluation set."""
    params: Train = cell.params
    loss, words = cross_entropy(cell, params, weights, device)
    if params.model == "classifier":
        return loss, 0.0, 0.0
    grammar = rules(params)
    counts = np.bincount(words[:, 1:].ravel(), minlength=grammar.n_tokens)
    frequency = counts[counts > 0] / counts.sum()
    unigram = -(frequency * np.log(frequency)).sum()
    return loss, float(next_token_loss(grammar, words)[:, 1:].mean()), float(unigram)


def cross_entropy(cell: Any, params: Train, weights: Any, device: str) -> tuple[float, np.ndarray]:
    """Of a model with these weights on the cell's evaluation set; and the samples of that set."""
    batch = batches(params, [cell.stream("evaluation")], EVALUATED, device).batch(0)
    with torch.no_grad():
        loss = float(model_with(params, weights, device).loss(batch))
    return loss, batch[0][0].cpu().numpy()

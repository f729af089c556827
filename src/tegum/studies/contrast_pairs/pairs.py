"""The pairs of each cell: synthetic ones, or hidden states of its transformer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr

from tegum.models.transformer import Transformer
from tegum.probes.readers import Options, Split
from tegum.studies.contrast_pairs.params import Fit, Train
from tegum.studies.contrast_pairs.train import transformer
from tegum.synthetic.pairs import PairLaw, Pairs, directions, synthetic_pairs
from tegum.synthetic.statements import facts, statement_pairs
from tegum.training.contrast import Search
from tegum.training.rows import weights_from_row


def law(section: Fit, *, test: bool = False) -> PairLaw:
    """The law of a cell's pairs, of those to fit on or of those to measure on."""
    names = PairLaw.__dataclass_fields__
    found = {name: getattr(section, name) for name in names}
    if test and section.test_truth_probability is not None:
        found["truth_probability"] = section.test_truth_probability
    return PairLaw(**found)


def options(section: Fit) -> Options:
    """How the pairs are read."""
    search = Search(
        probe=section.probe,
        width=section.probe_width,
        tries=section.tries,
        steps=section.probe_steps,
        learning_rate=section.probe_learning_rate,
        weight_decay=section.probe_weight_decay,
    )
    return Options(search, section.divide_by_std)


def synthetic_splits(cells: Sequence[Any]) -> list[Split]:
    """Pairs with a known truth direction."""
    splits = []
    for cell in cells:
        section: Fit = cell.params
        axes = directions(section.n_inputs, cell.stream("init"))
        train = synthetic_pairs(section.n_train, law(section), axes, cell.stream("data"))
        test_law = law(section, test=True)
        test = synthetic_pairs(section.n_test, test_law, axes, cell.stream("evaluation"))
        splits.append(_split(cell, train, test, axes[[0, 2]]))
    return splits


def trained_models(cells: Sequence[Any], rows: xr.Dataset) -> Transformer:
    """The transformers of `train`."""
    models = transformer(*_of_models(cells))
    with torch.no_grad():
        for name, weight in weights_from_row(rows, models).items():
            models.get_parameter(name).copy_(torch.from_numpy(weight))
    return models


def untrained_models(cells: Sequence[Any]) -> Transformer:
    """The same transformers before training."""
    return transformer(*_of_models(cells))


def hidden_splits(
    cells: Sequence[Any], sections: Sequence[Fit], models: Transformer
) -> list[Split]:
    """Hidden states at the read-out of statements that differ in their label."""
    drawn = {"data": [], "evaluation": []}
    for cell, section in zip(cells, sections, strict=True):
        above: Train = cell.upstream["train"]
        table = facts(above.n_statements, cell.stream("data"))
        for purpose, samples in (("data", section.n_train), ("evaluation", section.n_test)):
            found = law(section, test=purpose == "evaluation")
            seed = cell.stream(purpose)
            drawn[purpose].append(
                statement_pairs(samples, found, table, above.label_position, seed)
            )
    sides = {purpose: _pushed(models, parts) for purpose, parts in drawn.items()}
    return [
        _split(cell, sides["data"][i], sides["evaluation"][i], None) for i, cell in enumerate(cells)
    ]


@torch.no_grad()
def _pushed(models: Transformer, parts: list) -> list[Pairs]:
    yes, no = (
        models.hidden(torch.from_numpy(np.stack([p[side] for p in parts]))).numpy()
        for side in (0, 1)
    )
    return [Pairs(yes[i], no[i], part[2], part[3]) for i, part in enumerate(parts)]


def _split(cell: Any, train: Pairs, test: Pairs, known: np.ndarray | None) -> Split:
    return Split(train, test, cell.stream("init"), cell.stream("control"), known)


def _of_models(cells: Sequence[Any]) -> tuple[list[Train], list[int]]:
    return [c.upstream["train"] for c in cells], [c.stream("init") for c in cells]

"""Contrast-consistent search: many tries on many sets of pairs in one batch, lowest loss kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from tegum.models.contrast import ContrastProbe, LinearProbe, MLPProbe
from tegum.synthetic.batches import FullBatch
from tegum.training.loop import Loop
from tegum.training.plan import Plan, padded


@dataclass(frozen=True)
class Search:
    """How the probes are trained: AdamW on the full batch."""

    probe: Literal["linear", "mlp"] = "linear"
    width: int = 100
    """Hidden units of an `mlp`."""
    tries: int = 10
    steps: int = 1000
    learning_rate: float = 0.01
    weight_decay: float = 0.01


def new_probes(search: Search, n_inputs: int, seeds: Sequence[int]) -> ContrastProbe:
    """Untrained probes, one ensemble cell per seed."""
    sizes = {"n_inputs": n_inputs, "tries": search.tries, "seeds": seeds}
    return MLPProbe(width=search.width, **sizes) if search.probe == "mlp" else LinearProbe(**sizes)


def train_probes(
    probes: ContrastProbe, positive: Tensor, negative: Tensor, search: Search, keep: int
) -> None:
    """Train in place on normalised pairs, both (cell, sample, input); `keep` are no padding."""
    plan = Plan(
        steps=search.steps,
        learning_rate=search.learning_rate,
        weight_decay=search.weight_decay,
        checkpoints=(search.steps - 1,),
    )
    Loop(probes, FullBatch(positive, negative), plan, keep=keep).run()


def searched(
    positive: Tensor, negative: Tensor, seeds: Sequence[int], search: Search
) -> tuple[ContrastProbe, ContrastProbe]:
    """The same probes before and after training on pairs (cell, sample, input), padded."""
    pad = padded(range(len(seeds)))
    sides = positive[pad], negative[pad]
    untrained, probes = (
        new_probes(search, positive.shape[2], [seeds[i] for i in pad]).to(positive.device)
        for _ in range(2)
    )
    train_probes(probes, *sides, search, keep=len(seeds))
    return untrained, probes


@torch.no_grad()
def losses_and_scores(
    probes: ContrastProbe, cell: int, train: tuple[Tensor, ...], other: Sequence[tuple[Tensor, ...]]
) -> tuple[Tensor, list[Tensor]]:
    """Losses (try,) of one cell on its training pairs; scores - 1/2 (sample, try) on all sets."""
    one = probes.select(slice(cell, cell + 1))
    assert isinstance(one, ContrastProbe)
    sets = [tuple(side[None] for side in pairs) for pairs in (train, *other)]
    return one.losses(sets[0])[0], [one.scores(pairs)[0] - 0.5 for pairs in sets]

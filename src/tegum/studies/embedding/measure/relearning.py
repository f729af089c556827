"""Rows that are replaced by random ones and learned anew, everything else as it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.crossings import half_life
from tegum.metrics.geometry import unit
from tegum.models.ensemble import Ensemble
from tegum.models.language import LanguageModel
from tegum.models.one_row import OneRow
from tegum.studies.embedding.blank import blank
from tegum.studies.embedding.decoders import SCHEDULE, evaluated, final_model, tokens
from tegum.studies.embedding.params import Relearning, Train
from tegum.studies.embedding.schema import RELEARNING, TEXTS, TRAINED
from tegum.studies.embedding.single_rows import chosen, random_row
from tegum.synthetic.around import AroundTokens
from tegum.training.harness import fit
from tegum.training.plan import Plan, padded
from tegum.training.recorders import Recorder
from tegum.training.schedules import Schedule

Array = np.ndarray


def by_cell(sweep: SweepView[Relearning], rows: Rows) -> xr.Dataset:
    """Loss increases and cosines (cell, text, row, look), and half-lives."""
    train, made, p = rows["train"], rows["generate"], sweep.params
    steps = [0, *looks(p.row_steps)]
    sizes = {"text": len(TEXTS), "row": p.relearned, "look": len(steps), "trained": len(TRAINED)}
    found = blank(RELEARNING, len(sweep.cells), sizes)
    for i, cell in enumerate(sweep.cells):
        text = tokens(cell.upstream["generate"], made["pair"].values[i])
        if text is not None:
            measured = _relearned(cell, made.isel(cell=i), train.isel(cell=i), text)
            for name, value in measured.items():
                found[name][i] = value
    found["available"] = train["available"].values
    at = {"text": TEXTS, "trained": TRAINED, "step": steps}
    return RELEARNING.dataset(found, at)


def looks(steps: int) -> list[int]:
    """Numbers of steps done: powers of two, and all of them."""
    return [*(2**i for i in range(steps.bit_length()) if 2**i < steps), steps]


def _relearned(
    cell: Cell[Relearning], given: xr.Dataset, row: xr.Dataset, text: tuple[Tensor, Tensor]
) -> Mapping[str, Array]:
    p, section, seed = cell.params, cell.upstream["train"], cell.stream("control")
    counts = given["count"].values
    frequency = counts / counts.sum()
    held_out = evaluated(section, text[1])
    words = chosen(held_out, frequency, p.relearned, p.least_count)
    if not len(words):  # none is read as often
        return {}
    embedding, rng = row["embedding"].values[-1], np.random.default_rng(seed % 2**32)
    starts = np.stack([random_row(embedding[t], rng) for t in words]).astype(np.float32)
    model = final_model(section, len(frequency), row)
    order = torch.from_numpy(rng.permutation(len(text[0])))
    each = [
        relearn(model, words, starts, AroundText(one, cell.stream("data")), held_out, p, section)
        for one in (text[0], text[0][order])
    ]
    steps = [0, *looks(p.row_steps)]
    cosines = [beside(embedding, words, one["row"]) for one in each]
    increase = np.stack([one["increase"] for one in each])
    moved = [float(row["loss_change"]), each[0]["loss_change"].mean()]
    return {
        "row_frequency": frequency[words],
        "increase": increase,
        "overall": np.stack([one["overall"] for one in each]),
        "half_life": half_life(steps, increase),
        "cosine": np.stack([old for old, _ in cosines]),
        "cosine_other": np.stack([other for _, other in cosines]),
        "loss_change": np.array(moved),
    }


@dataclass(frozen=True)
class AroundText:
    """The text that rows are learned on, and the seed of its windows."""

    tokens: Tensor
    seed: int


def relearn(
    model: LanguageModel,
    words: Sequence[int] | Array,
    starts: Array,
    source: AroundText,
    held_out: Tensor,
    p: Relearning,
    section: Train,
) -> dict[str, Array]:
    """Learn the row of each token anew, on windows that contain it.

    Args:
        model: of one cell.
        words: tokens.
        starts: where their rows begin, (token, width).
        source: the text to train on.
        held_out: windows (sample, position), one longer than the model reads.
        p, section: by which rows are, and decoders were, trained.

    Returns:
        `increase` of the loss at positions that read the token last, and `overall` at all
        positions, both beyond those of the model as it is, and `row`: (token, look, ...);
        `loss_change` (token,), of the loss at positions that read the token last.
    """
    pad = padded([int(t) for t in words])
    first = torch.from_numpy(np.stack(padded(list(starts))))
    ensemble = OneRow(model, pad, first)
    recorder = _Looks(held_out, words)
    own = OneRow(model, pad, model.embedding[0][pad])
    base, before = (recorder.record(one, torch.zeros(len(pad))) for one in (own, ensemble))
    plan = Plan(
        steps=p.row_steps,
        learning_rate=p.row_learning_rate,
        schedule=Schedule(SCHEDULE, p.row_steps),
        checkpoints=tuple(step - 1 for step in looks(p.row_steps)),
        convergence=True,
    )
    stream = AroundTokens(source.tokens, pad, source.seed, p.row_batch, section.context + 1)
    result = fit(
        ensemble,
        stream,
        plan,
        recorder,
        keep=len(words),
        evaluation=lambda one: {"loss": recorder.record(one, torch.zeros(len(pad)))["last"]},
    )
    found = {}
    for name, start in before.items():
        found[name] = np.concatenate([start[:, None].numpy(), result.records[name]], axis=1)
    return {
        "increase": found["last"] - base["last"].numpy()[:, None],
        "overall": found["all"] - base["all"].numpy()[:, None],
        "row": found["row"],
        "loss_change": result.changes["loss_change"],
    }


def beside(embedding: Array, words: Sequence[int] | Array, rows: Array) -> tuple[Array, Array]:
    """Cosines of rows (token, ..., width) with the old row and the nearest other, (token, ...).

    All rows are centred by the mean of the embedding, as for neighbours.
    """
    mean = embedding.mean(0)
    cosines = unit(rows - mean) @ unit(embedding - mean).T
    own = np.stack([c[..., t] for c, t in zip(cosines, words, strict=True)])
    for one, token in zip(cosines, words, strict=True):
        one[..., token] = -np.inf
    return own, cosines.max(-1)


class _Looks(Recorder):
    """Losses on the held-out windows that contain a cell's token, a cell at a time."""

    def __init__(self, held_out: Tensor, words: Sequence[int] | Array) -> None:
        self._size = held_out[:, :-1].numel()
        self._words = [int(token) for token in words]
        self._here = [held_out[(held_out[:, :-1] == t).any(1)] for t in self._words]

    @torch.no_grad()
    def record(self, ensemble: Ensemble, loss: Tensor) -> dict[str, Tensor]:
        assert isinstance(ensemble, OneRow)
        last, whole = [], []
        for cell, (token, here) in enumerate(zip(self._words, self._here, strict=True)):
            one = ensemble.select(slice(cell, cell + 1))
            assert isinstance(one, OneRow)
            each = one.losses(here[None])[0]
            last.append(each[here[:, :-1] == token].mean())
            whole.append(each.sum() / self._size)
        row = ensemble.row.detach()[: len(self._words)].clone()
        return {"last": torch.stack(last), "all": torch.stack(whole), "row": row}

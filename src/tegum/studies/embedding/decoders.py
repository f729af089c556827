"""The text of a cell, and decoders that are trained on it."""

from collections.abc import Sequence
from functools import cache, partial

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.experiment.cell import Cell, Context
from tegum.interop.package_text import package_text
from tegum.models.ensemble import Ensemble
from tegum.models.language import LanguageModel
from tegum.models.weights import with_weights
from tegum.studies.embedding.params import Generate, Train
from tegum.synthetic.byte_pairs import Tokenizer
from tegum.synthetic.text import TextStream, windows
from tegum.training.loop import Result
from tegum.training.plan import padded
from tegum.training.recorders import Recorder
from tegum.training.rows import train
from tegum.training.schedules import Schedule

SCHEDULE = "linear_decay_second_half"


@cache
def texts(section: Generate) -> tuple[str, str] | None:
    """The text to train on and that to evaluate on; None where it is not the one that is named."""
    found = package_text(section.package, section.folders.split())
    if found is None or found.digest != section.sha256:
        return None
    held = [i % section.held_out == section.held_out - 1 for i in range(len(found.texts))]
    parts = [[t for t, h in zip(found.texts, held, strict=True) if h == w] for w in (False, True)]
    return "\n".join(parts[0]), "\n".join(parts[1])


_tokens: dict[tuple[Generate, bytes], tuple[Tensor, Tensor]] = {}


def tokens(section: Generate, pairs: np.ndarray) -> tuple[Tensor, Tensor] | None:
    """Both texts as tokens (position,); None where they are not there."""
    told = texts(section)  # pyright: ignore[reportArgumentType]
    if told is None:
        return None
    key = section, pairs.tobytes()
    if key not in _tokens:
        coder = Tokenizer(pairs)
        one, other = (torch.from_numpy(coder.encode(text)) for text in told)
        _tokens[key] = one, other
    return _tokens[key]


def new_model(section: Train, n_tokens: int, seeds: Sequence[int]) -> LanguageModel:
    """Untrained decoders, one per init stream."""
    return LanguageModel(
        n_tokens=n_tokens,
        length=section.context,
        width=section.width,
        mlp_width=section.mlp_width,
        n_heads=section.n_heads,
        n_layers=section.n_layers,
        seeds=seeds,
    )


def final_model(section: Train, n_tokens: int, row: xr.Dataset) -> LanguageModel:
    """The trained decoder of a row, to be read."""
    new = partial(new_model, section, n_tokens)
    names = [name for name, _ in new([0]).named_parameters() if name != "embedding"]
    weights = {name: row[f"weight_{name}".replace(".", "_")].values for name in names}
    return with_weights(new, weights | {"embedding": row["embedding"].values[-1]}, "cpu")


def looks(section: Train) -> list[int]:
    """Numbers of steps done, evenly spaced in their logarithm, up to all of them."""
    return sorted(
        {round(section.steps ** (i / section.looks)) for i in range(1, section.looks + 1)}
    )


def evaluated(section: Train, held_out: Tensor) -> Tensor:
    """The held-out windows (sample, position), one token longer than a model reads."""
    return windows(held_out, section.windows, section.context + 1)


def trained(
    cells: Sequence[Cell[Train]],
    context: Context,
    text: tuple[Tensor, Tensor],
    n_tokens: int,
    frozen: np.ndarray | None = None,
) -> tuple[Result, dict[str, np.ndarray]]:
    """Train the decoders of some cells, all on the windows of their own seed.

    Args:
        frozen: embeddings (cell, token, width) that stay as they are; by default they are learned.

    Returns:
        The run, and what is recorded with the look before training in front: `evaluation_loss`
        (cell, checkpoint) and `embedding` (cell, checkpoint, token, width).
    """
    pad, first = padded(list(cells)), cells[0].params
    model = new_model(first, n_tokens, [c.stream("init") for c in pad])
    if frozen is not None:
        with torch.no_grad():
            model.embedding.copy_(torch.from_numpy(np.stack(padded(list(frozen)))))
        model.embedding.requires_grad_(False)
    model = model.to(context.device)
    stream = TextStream(
        text[0], [c.stream("data") for c in pad], first.batch, first.context + 1, context.device
    )
    recorder = _Looks(evaluated(first, text[1]).to(context.device), frozen is None)
    before = recorder.record(model, torch.zeros(len(pad)))
    result = train(
        cells,
        context,
        model,
        stream,
        Schedule(SCHEDULE, first.steps, warm_up=min(first.warm_up, first.steps)),
        checkpoints=tuple(step - 1 for step in looks(first)),
        recorder=recorder,
        evaluation="evaluation_loss",
    )
    found = {}
    for name, start in before.items():
        records = result.records[name]
        own = start[: len(cells), None].cpu().numpy()
        found[name] = np.concatenate([own, records], axis=1)
    return result, found


class _Looks(Recorder):
    """The loss on held-out windows, a cell at a time, and maybe the embedding."""

    def __init__(self, words: Tensor, embedding: bool) -> None:
        self._words, self._embedding = words[None], embedding

    @torch.no_grad()
    def record(self, ensemble: Ensemble, loss: Tensor) -> dict[str, Tensor]:
        assert isinstance(ensemble, LanguageModel)
        each = []
        for cell in range(ensemble.n_cells):
            model = ensemble.select(slice(cell, cell + 1))
            each.append(model.loss((self._words,)))
        found = {"evaluation_loss": torch.cat(each)}
        if self._embedding:
            found["embedding"] = ensemble.embedding.detach().clone()
        return found

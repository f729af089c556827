"""Losses by embedding, what single rows are worth, and what the rows are like."""

from collections.abc import Mapping

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.planes import pca_plane
from tegum.metrics.token_geometry import circle, nearest, same_class
from tegum.models.language import LanguageModel
from tegum.studies.embedding.decoders import evaluated, final_model, tokens
from tegum.studies.embedding.params import Embeddings
from tegum.studies.embedding.schema import EMBEDDINGS, REPLACEMENTS, SEQUENCES, VARIANTS
from tegum.studies.embedding.single_rows import chosen, random_row
from tegum.studies.embedding.token_classes import class_of
from tegum.synthetic.byte_pairs import Tokenizer


def by_cell(sweep: SweepView[Embeddings], rows: Rows) -> xr.Dataset:
    """What was trained and coded, side by side, and what is measured of final embeddings."""
    train, fit, control = rows["train"], rows["fit"], rows["control"]
    each = [
        _measured(c, rows["generate"].isel(cell=i), train.isel(cell=i))
        for i, c in enumerate(sweep.cells)
    ]
    found = {name: [one[name] for one in each] for name in each[0]}
    found |= {name: fit[name].values for name in ("fvu", "participation_ratio", "available")}
    for name in ("evaluation_loss", "loss_change"):
        found[name] = np.concatenate([train[name].values[:, None], control[name].values], axis=1)
    names = {
        "variant": VARIANTS,
        "control": fit["control"].values,
        "l0": fit["l0"].values,
        "replacement": REPLACEMENTS,
        "classes": ("own", "permuted"),
        "stage": ("before training", "trained"),
        "sequence": list(SEQUENCES),
        "step": train["step"].values,
    }
    return EMBEDDINGS.dataset(found, {name: list(values) for name, values in names.items()})


def _measured(
    cell: Cell[Embeddings], given: xr.Dataset, row: xr.Dataset
) -> dict[str, np.ndarray | float]:
    coder, counts = Tokenizer(given["pair"].values), given["count"].values
    frequency = counts / max(counts.sum(), 1)
    used = frequency[frequency > 0]
    embeddings, seed = row["embedding"].values, cell.stream("evaluation") % 2**32
    kinds = np.array([class_of(text) for text in coder.texts])
    order = np.random.default_rng(seed).permutation(kinds)
    found: dict[str, np.ndarray | float] = {
        "unigram": float(-(used * np.log(used)).sum()),
        "same_class": np.array([[same_class(e, k) for k in (kinds, order)] for e in embeddings]),
        "component": pca_plane(embeddings[-1]),
        "token_class": kinds,
    }
    found |= _circles(coder.texts, {"start": embeddings[0], "end": embeddings[-1]}, seed)
    return found | _replaced(cell, given, row, frequency, seed)


def _circles(
    texts: list[str], embeddings: Mapping[str, np.ndarray], seed: int
) -> dict[str, np.ndarray]:
    """Statistic, p-value and null percentile (stage, sequence); NaN where tokens are missing."""
    found = np.full((3, len(embeddings), len(SEQUENCES)), np.nan)
    for place, sequence in enumerate(SEQUENCES.values()):
        if not set(sequence) <= set(texts):
            continue
        numbers = [texts.index(character) for character in sequence]
        for stage, embedding in enumerate(embeddings.values()):
            found[:, stage, place] = circle(embedding[numbers], seed)
    return dict(zip(("circle", "circle_p", "circle_null"), found, strict=True))


def _replaced(
    cell: Cell[Embeddings], given: xr.Dataset, row: xr.Dataset, frequency: np.ndarray, seed: int
) -> dict[str, np.ndarray]:
    """Loss increase (replacement, row) at positions that read the token last, by its frequency."""
    p, section = cell.params, cell.upstream["train"]
    losses = np.full((len(REPLACEMENTS), p.replaced), np.nan)
    often = np.full(p.replaced, np.nan)
    text = tokens(cell.upstream["generate"], given["pair"].values)
    if text is None:
        return {"row_loss": losses, "row_frequency": often}
    words = evaluated(section, text[1])
    model = final_model(section, len(frequency), row)
    embedding = row["embedding"].values[-1]
    close, rng = nearest(embedding), np.random.default_rng(seed)
    for i, token in enumerate(chosen(words, frequency, p.replaced, p.least_count)):
        drawn = random_row(embedding[token], rng)
        often[i] = frequency[token]
        here = words[(words[:, :-1] == int(token)).any(1)]
        base = _loss_at(model, here, int(token))
        for number, other in enumerate((drawn, embedding[close[token]])):
            kept = model.embedding[0, token].clone()
            model.embedding[0, token] = torch.from_numpy(other.astype(np.float32))
            losses[number, i] = _loss_at(model, here, int(token)) - base
            model.embedding[0, token] = kept
    return {"row_loss": losses, "row_frequency": often}


def _loss_at(model: LanguageModel, words: Tensor, token: int) -> float:
    """Mean loss of the next token where a token is the last that is read."""
    return float(model.losses(words[None])[0][words[:, :-1] == token].mean())

"""What the trained model says of last tokens whose activation is changed; rows (cell, ...)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from scipy.special import logsumexp

from tegum.controls.activations import matched_gaussian
from tegum.data.letters import utf8
from tegum.dictionaries.quality import Coded, coded
from tegum.dictionaries.study import Fitted
from tegum.experiment.cell import Cell, Context
from tegum.interop.models.continued import Continued
from tegum.metrics import perturbations as change
from tegum.metrics.geometry import unit
from tegum.metrics.latent_tokens import token_entropy
from tegum.metrics.reconstruction import fvu
from tegum.metrics.substitutions import moves, substitutions
from tegum.studies.real_dictionaries import states
from tegum.studies.real_dictionaries.dictionaries import fitted
from tegum.studies.real_dictionaries.params import Control, Generate
from tegum.studies.real_dictionaries.schema import (
    BYTES,
    CHANGED,
    ENDS,
    LINES,
    MOVES,
    OUTPUTS,
    SCHEMAS,
    TOKENS,
)
from tegum.synthetic.draws import Draws

Array = np.ndarray
Found = Mapping[str, Any]
"""Name to what was found."""


@dataclass(frozen=True)
class Read:
    """Texts of one cell, read up to their last token."""

    said: Continued
    x: Array
    """Activations of the last tokens, (sample, width)."""
    clean: Array
    """Logits after them, (sample, token)."""
    following: Array
    """The token that does come next, (sample,)."""


def run(
    cells: Sequence[Cell[Control]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Fit the dictionary of each cell again and change what the model's activations say."""
    p = cells[0].params
    there = bool(rows["generate"]["available"].values.all()) and states.available()
    sizes = {
        "substitution": len(CHANGED),
        "move": len(MOVES),
        "line": len(LINES),
        "distance": p.distances,
        "latent": p.tested,
        "example": p.examples,
        "offset": 2 * p.around + 1,
        "byte": BYTES,
        "end": len(ENDS),
        "token": TOKENS,
    }
    found = {
        name: np.full((len(cells), *(sizes[d] for d in dims)), np.nan if kind != "uint8" else 0)
        for name, (dims, kind, *_) in OUTPUTS.items()
    }
    if there:
        generated = [cell.upstream["generate"] for cell in cells]
        seen = [states.of(section) for section in generated]
        sections = [cell.upstream["fit"] for cell in cells]
        fits = fitted([one.fitted for one in seen], cells, sections, context.device)
        for i, (cell, section, fit, one) in enumerate(
            zip(cells, generated, fits, seen, strict=True)
        ):
            for name, value in _measured(cell, section, fit, one).items():
                found[name][i] = value
    found["available"] = np.full(len(cells), float(there))
    labels = {"substitution": CHANGED, "move": MOVES, "line": LINES, "end": ENDS}
    coords = {name: np.array(values, object) for name, values in labels.items()}
    coords |= {"distance": np.linspace(0.0, 1.0, p.distances)}
    coords |= {"offset": np.arange(-p.around, p.around + 1)}
    return SCHEMAS["control"].dataset(found, coords)


def _measured(cell: Cell[Control], section: Generate, fit: Fitted, seen: states.States) -> Found:
    p, seed = cell.params, cell.stream("control")
    read = _read(cell, section)
    made = coded(fit.dictionary, torch.from_numpy(read.x))
    held = coded(fit.dictionary, torch.from_numpy(seen.held_out))
    errors = held.rebuilt - seen.held_out
    spread = np.linalg.norm(seen.held_out - seen.held_out.mean(0), axis=1).mean()
    found: dict[str, Any] = dict(_substituted(read, made, seen.fitted.mean(0), errors, seed))
    found |= _moved(read, made, seed)
    found |= _along(read, made, seen, p.distances, spread, seed)
    found |= _latents(read, held, seen, p.tested, seed)
    found |= _shown(states.model_of(section.model).tokenizer, held, seen, found, p)
    del found["effects"]
    quality = {"fvu": fvu(seen.held_out, held.rebuilt), "loss_change": fit.changes["loss_change"]}
    return found | quality


def _read(cell: Cell[Control], section: Generate) -> Read:
    """Texts behind those that dictionaries are fitted to and measured on; other ones per seed."""
    p = cell.params
    skipped = -(-(section.sequences + section.held_out) * section.context // p.tokens)
    tokens = states.texts(
        section.model, p.samples, p.tokens + 1, 1, skipped + cell.seed * p.samples
    ).ids
    said = Continued(states.model_of(section.model), tokens[:, :-1], section.layer)
    return Read(said, said.activations(), said.logits(), tokens[:, -1])


def _loss(logits: Array, following: Array) -> Array:
    """Cross-entropy on what comes next, in nats: (sample,)."""
    chosen = np.take_along_axis(logits, following[:, None], 1)[:, 0]
    return logsumexp(logits, axis=1) - chosen


def _substituted(read: Read, made: Coded, mean: Array, errors: Array, seed: int) -> Found:
    changed = substitutions(read.x, made.rebuilt, seed, errors) | {"mean": mean - read.x}
    logits = {name: read.said.logits(delta) for name, delta in changed.items()}
    before = _loss(read.clean, read.following)
    return {
        "kl": np.array([change.divergence(read.clean, v).mean() for v in logits.values()]),
        "loss": np.array([(_loss(v, read.following) - before).mean() for v in logits.values()]),
        "length": np.array([np.linalg.norm(v, axis=1).mean() for v in changed.values()]),
    }


def _moved(read: Read, made: Coded, seed: int) -> Found:
    error = made.rebuilt - read.x
    size = np.linalg.norm(error, axis=1)
    start = read.said.logits(error)
    each = []
    for delta in moves(made.codes, made.directions, size, Draws(seed)).values():
        lost = np.isnan(delta).any(1)
        kl = change.divergence(start, read.said.logits(error + np.nan_to_num(delta)))
        each.append(np.where(lost, np.nan, kl))
    few = np.isfinite(each).any(1).all()
    return {"moved_kl": np.nanmean(each, axis=1) if few else np.full(len(MOVES), np.nan)}


def _along(
    read: Read, made: Coded, seen: states.States, count: int, spread: float, seed: int
) -> Found:
    x = read.x
    lines = [
        change.isotropic(x.shape, Draws(seed), 1),
        matched_gaussian(seen.held_out, seed + 1, len(x)) - seen.held_out.mean(0),
        np.roll(x, 1, axis=0) - x,
        made.rebuilt - x,
    ]
    places, curves = np.linspace(0.0, 1.0, count), []
    for line in map(unit, lines):
        there = (read.said.logits(place * spread * line) for place in places)
        curves.append(np.stack([change.divergence(read.clean, v) for v in there], axis=1))
    half = [change.half_height(places, curve).mean() for curve in curves]
    return {"line_kl": np.array([c.mean(0) for c in curves]), "half": np.array(half)}


def _latents(read: Read, held: Coded, seen: states.States, tested: int, seed: int) -> Found:
    """Latents that are added by as much as they are on average where they fire."""
    density = (held.codes > 0).mean(0)
    alive = np.flatnonzero(density)
    order = alive[np.argsort(-density[alive], kind="stable")]
    chosen = order[np.linspace(0, len(order) - 1, tested).astype(int)]
    size = held.codes[:, chosen].sum(0) / (held.codes[:, chosen] > 0).sum(0)
    shape = (tested, read.x.shape[1])
    kinds = {
        "latent_kl": held.directions[chosen],
        "random_kl": change.isotropic(shape, Draws(seed), 5),
        "matched_kl": unit(matched_gaussian(seen.held_out - seen.held_out.mean(0), seed, tested)),
    }
    found: dict[str, Any] = {
        "latent_place": chosen.astype(float),
        "latent_density": density[chosen],
        "latent_entropy": token_entropy(held.codes[:, chosen], seen.tokens),
    }
    effects = []
    for kind, directions in kinds.items():
        divergences = np.zeros(tested)
        for i, direction in enumerate(directions):
            delta = np.broadcast_to(direction * size[i], read.x.shape)
            logits = read.said.logits(delta)
            divergences[i] = change.divergence(read.clean, logits).mean()
            if kind == "latent_kl":
                moved = (logits - read.clean).mean(0)
                effects.append(moved - moved.mean())
        found[kind] = divergences
    return found | {"effects": np.stack(effects)}


def _shown(tokenizer: object, held: Coded, seen: states.States, found: Found, p: Control) -> Found:
    """Where the tested latents fire most, and the tokens that they raise and lower most."""
    chosen = np.asarray(found["latent_place"], int)
    effects = found["effects"]
    peaks = np.zeros((p.tested, p.examples, 2 * p.around + 1))
    texts = np.zeros((*peaks.shape, BYTES), np.uint8)
    whole = np.zeros((*seen.texts.shape, p.tested), np.float32)
    whole[seen.places[:, 0], seen.places[:, 1]] = held.codes[:, chosen]
    for i in range(p.tested):
        for j, row in enumerate(np.argsort(-held.codes[:, chosen[i]], kind="stable")[: p.examples]):
            sequence, position = seen.places[row]
            for offset in range(-p.around, p.around + 1):
                at = position + offset
                if 0 <= at < seen.texts.shape[1]:
                    peaks[i, j, offset + p.around] = whole[sequence, at, i]
                    word = states.word(tokenizer, int(seen.texts[sequence, at]))
                    texts[i, j, offset + p.around] = utf8(word, BYTES)
    order = np.argsort(-effects, axis=1, kind="stable")
    ends = np.stack([order[:, :TOKENS], order[:, ::-1][:, :TOKENS]], axis=1)
    words = [
        [[utf8(states.word(tokenizer, int(t)), BYTES) for t in e] for e in one] for one in ends
    ]
    effect = np.take_along_axis(effects[:, None], ends, axis=2)
    return {"peak": peaks, "peak_text": texts, "effect": effect, "effect_text": np.array(words)}

"""What decoders say of last tokens whose activation is changed, by a dictionary's error or else."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.controls.activations import matched_gaussian
from tegum.dictionaries.cell_sections import CellSection
from tegum.dictionaries.of_cells import fitted
from tegum.dictionaries.quality import Coded, coded
from tegum.dictionaries.sections import TopKSection
from tegum.dictionaries.study import Fitted
from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics import perturbations as change
from tegum.metrics.geometry import unit
from tegum.metrics.reconstruction import fvu
from tegum.metrics.recovery import l0
from tegum.metrics.substitutions import MOVES, SUBSTITUTIONS, moves, substitutions
from tegum.models.continued import Continued, stream_behind
from tegum.models.language import LanguageModel
from tegum.studies.embedding.blank import blank
from tegum.studies.embedding.decoders import final_model, tokens
from tegum.studies.embedding.params import Errors
from tegum.studies.embedding.schema import ERRORS, FITTED, LINES
from tegum.synthetic.draws import Draws
from tegum.synthetic.text import windows

Array = np.ndarray
CHANGED = (*SUBSTITUTIONS, "mean")
"""Changes of an activation; the last one puts the mean activation in its place."""


class Dictionary(TopKSection, CellSection):
    """What a dictionary is fitted by."""


@dataclass(frozen=True)
class Decoder:
    """A decoder of one cell, and what stands behind its block."""

    model: LanguageModel
    fitted: Array
    """Activations of the text to train on, (token, width)."""
    held_out: Array
    """Those of the held-out windows, (token, width)."""
    words: Tensor
    """These windows, (sample, position), one longer than the model reads."""


def by_cell(sweep: SweepView[Errors], rows: Rows) -> xr.Dataset:
    """Divergences of the outputs (cell, ...)."""
    train, p = rows["train"], sweep.params
    sizes = {
        "substitution": len(CHANGED),
        "move": len(MOVES),
        "line": len(LINES),
        "distance": p.distances,
        "trained": len(FITTED),
    }
    found = blank(ERRORS, len(sweep.cells), sizes)
    if train["available"].values.all():
        made = rows["generate"]["pair"].values
        seen = [_read(c, train.isel(cell=i), made[i]) for i, c in enumerate(sweep.cells)]
        section = Dictionary(
            latents=p.latents,
            k=p.k,
            dictionary_steps=p.dictionary_steps,
            dictionary_batch=p.dictionary_batch,
            dictionary_learning_rate=p.dictionary_learning_rate,
        )
        sections = [section] * len(seen)
        fits = fitted([one.fitted for one in seen], sweep.cells, sections, "cpu")
        for i, measured in enumerate(map(_measured, sweep.cells, fits, seen)):
            for name, value in measured.items():
                found[name][i] = value
        found["loss_change"][:, 0] = train["loss_change"].values
    found["available"] = train["available"].values
    at = {"substitution": CHANGED, "move": MOVES, "line": LINES, "trained": FITTED}
    return ERRORS.dataset(found, at | {"distance": _places(p.distances)})


def _places(count: int) -> Array:
    return np.linspace(0.0, 1.0, count)


def _read(cell: Cell[Errors], row: xr.Dataset, pairs: Array) -> Decoder:
    p, given, section = cell.params, cell.upstream["generate"], cell.upstream["train"]
    text = tokens(given, pairs)
    assert text is not None
    model, length = final_model(section, given.n_tokens, row), section.context + 1
    parts = [windows(t, n, length) for t, n in zip(text, (p.sequences, p.samples), strict=True)]
    streams = [stream_behind(model, part[:, :-1], p.block) for part in parts]
    one, other = (s[:, p.first_position :].flatten(0, 1).numpy() for s in streams)
    return Decoder(model, one, other, parts[1])


def _measured(cell: Cell[Errors], fit: Fitted, seen: Decoder) -> Mapping[str, Array | float]:
    p, seed = cell.params, cell.stream("control")
    said = Continued(seen.model, seen.words[:, :-1], p.block)
    x = said.activations()
    made, held = (coded(fit.dictionary, one) for one in (x, torch.from_numpy(seen.held_out)))
    answers = Answers(said, x.numpy(), seen.words[:, -1])
    return {
        "fvu": fvu(seen.held_out, held.rebuilt),
        "l0": l0(held.codes),
        "loss_change": np.array([np.nan, fit.changes["loss_change"]]),
        **answers.substituted(made, seen.fitted.mean(0), held.rebuilt - seen.held_out, seed),
        **answers.moved(made, seed),
        **answers.along(made, seen.held_out, p.distances, seed),
    }


class Answers:
    """Outputs after the last tokens of windows, whose activations x (sample, width) are changed."""

    def __init__(self, said: Continued, x: Array, following: Tensor) -> None:
        self._said, self._x, self._following = said, x, following
        self._clean = said.logits()

    def substituted(
        self, made: Coded, mean: Array, errors: Array, seed: int
    ) -> dict[str, Array | float]:
        changed = substitutions(self._x, made.rebuilt, seed, errors) | {"mean": mean - self._x}
        logits = [self._logits(delta) for delta in changed.values()]
        before = self._loss(self._clean)
        return {
            "kl": np.array([self._far(v).mean() for v in logits]),
            "loss": np.array([self._loss(v) - before for v in logits]),
            "length": np.array([np.linalg.norm(v, axis=1).mean() for v in changed.values()]),
        }

    def moved(self, made: Coded, seed: int) -> dict[str, Array | float]:
        """Mean divergences over the samples in which active latents can move so far."""
        error = made.rebuilt - self._x
        changed = moves(made.codes, made.directions, np.linalg.norm(error, axis=1), Draws(seed))
        kept = np.isfinite(changed["active"]).all(1)
        if not kept.any():
            return {"movable": 0.0}
        start = self._logits(error)
        after = [self._logits(error + np.nan_to_num(delta)) for delta in changed.values()]
        return {
            "moved_kl": np.array([change.divergence(start, v)[kept].mean() for v in after]),
            "movable": float(kept.mean()),
        }

    def along(self, made: Coded, held_out: Array, count: int, seed: int) -> dict[str, Array]:
        """Divergences along lines of the length of a mean activation's distance from the mean."""
        x, centred = self._x, held_out - held_out.mean(0)
        lines = [
            change.isotropic(x.shape, Draws(seed), 1),
            matched_gaussian(centred, seed + 1, len(x)),
            np.roll(x, 1, axis=0) - x,
            made.rebuilt - x,
        ]
        places, curves = _places(count), []
        spread = np.linalg.norm(centred, axis=1).mean()
        for line in map(unit, lines):
            there = [self._far(self._logits(place * spread * line)) for place in places]
            curves.append(np.stack(there, axis=1))
        return {
            "line_kl": np.array([curve.mean(0) for curve in curves]),
            "half": np.array([change.half_height(places, curve).mean() for curve in curves]),
        }

    def _logits(self, delta: Array) -> Tensor:
        return self._said.logits(torch.from_numpy(np.asarray(delta, np.float32)))

    def _far(self, logits: Tensor) -> Array:
        return change.divergence(self._clean, logits)

    def _loss(self, logits: Tensor) -> float:
        """Mean cross-entropy on what comes next, in nats."""
        return float(torch.nn.functional.cross_entropy(logits, self._following))

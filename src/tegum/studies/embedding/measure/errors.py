"""What decoders say of last tokens whose activation is changed, by a dictionary's error or else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.dictionaries.cell_sections import CellSection
from tegum.dictionaries.of_cells import fitted
from tegum.dictionaries.outputs import Outputs
from tegum.dictionaries.quality import coded
from tegum.dictionaries.sections import TopKSection
from tegum.dictionaries.study import Fitted
from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.reconstruction import fvu
from tegum.metrics.recovery import l0
from tegum.metrics.substitutions import LINES, MOVES, SUBSTITUTED
from tegum.models.continued import Continued, stream_behind
from tegum.models.language import LanguageModel
from tegum.studies.embedding.blank import blank
from tegum.studies.embedding.decoders import final_model, tokens
from tegum.studies.embedding.params import Errors
from tegum.studies.embedding.schema import ERRORS, FITTED
from tegum.synthetic.text import windows

Array = np.ndarray


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
        "substitution": len(SUBSTITUTED),
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
    at = {"substitution": SUBSTITUTED, "move": MOVES, "line": LINES, "trained": FITTED}
    return ERRORS.dataset(found, at | {"distance": np.linspace(0.0, 1.0, p.distances)})


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
    outputs = Outputs(x.numpy(), _logits(said), seen.words[:, -1].numpy())
    return {
        "fvu": fvu(seen.held_out, held.rebuilt),
        "l0": l0(held.codes),
        "loss_change": np.array([np.nan, fit.changes["loss_change"]]),
        **outputs.substituted(made, seen.fitted.mean(0), held.rebuilt - seen.held_out, seed),
        **outputs.moved(made, seed),
        **outputs.along(made, seen.held_out, np.linspace(0.0, 1.0, p.distances), seed),
    }


def _logits(said: Continued) -> Callable[[Array], Array]:
    return lambda delta: said.logits(torch.from_numpy(np.asarray(delta, np.float32))).numpy()

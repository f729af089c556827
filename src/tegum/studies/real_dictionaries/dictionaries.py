"""Dictionaries of a cell's activations; who needs one fits it again, from the same streams."""

from collections.abc import Sequence

import numpy as np
import torch

from tegum.controls.ladder import DECODED, decoded_again
from tegum.dictionaries.fit import square_scale
from tegum.dictionaries.partly import LEARNING, fit_folded
from tegum.dictionaries.quality import coded
from tegum.dictionaries.study import Fitted, Stored
from tegum.experiment.cell import Cell
from tegum.experiment.params import Section
from tegum.studies.real_dictionaries.params import Fit
from tegum.studies.real_dictionaries.states import States

Array = np.ndarray
Sides = tuple[Array, Array]
"""What is fitted to, and what is held out, both (token, width)."""


def fitted(
    sources: Sequence[Array],
    cells: Sequence[Cell[Section]],
    sections: Sequence[Fit],
    device: str,
    part: str = "",
) -> list[Fitted]:
    """A dictionary for each array (token, width), from the streams of its cell."""
    shared = {id(x): torch.from_numpy(np.ascontiguousarray(x)).to(device) for x in sources}
    tasks = [
        Stored(
            section=section,
            n_inputs=x.shape[1],
            latents=section.latents,
            learning_rate=section.dictionary_learning_rate,
            init=cell.stream("init"),
            order=cell.stream("data"),
            activations=shared[id(x)],
            normalised=True,
            scale=square_scale,
        )
        for x, cell, section in zip(sources, cells, sections, strict=True)
    ]
    return fit_folded(tasks, device, part)


def under_controls(
    cells: Sequence[Cell[Section]],
    sections: Sequence[Fit],
    rungs: Sequence[str],
    seen: Sequence[States],
    device: str,
) -> list[tuple[Fitted, Sides]]:
    """The dictionary of each cell under its rung, and the activations that it belongs to."""
    own = [i for i, rung in enumerate(rungs) if rung in DECODED]
    first = fitted(
        [seen[i].fitted for i in own], [cells[i] for i in own], [sections[i] for i in own], device
    )
    sides: list[Sides] = [(one.fitted, one.held_out) for one in seen]
    for i, fit in zip(own, first, strict=True):
        sides[i] = _decoded(fit, sides[i], rungs[i], cells[i].stream("control"))
    found: dict[int, Fitted] = {}
    parts = [rung if rung in LEARNING else "" for rung in rungs]
    for part in dict.fromkeys(parts):
        places = [i for i, name in enumerate(parts) if name == part]
        fits = fitted(
            [sides[i][0] for i in places],
            [cells[i] for i in places],
            [sections[i] for i in places],
            device,
            part,
        )
        found |= dict(zip(places, fits, strict=True))
    return [(found[i], sides[i]) for i in range(len(cells))]


def _decoded(fit: Fitted, sides: Sides, rung: str, seed: int) -> Sides:
    codes = [coded(fit.dictionary, torch.from_numpy(x)).codes for x in sides]
    decoder, bias = (
        p[0].cpu().numpy() for p in (fit.dictionary.decoder, fit.dictionary.decoder_bias)
    )
    (one, other), _ = decoded_again(rung, codes, decoder, bias, seed)
    return one.astype(np.float32), other.astype(np.float32)

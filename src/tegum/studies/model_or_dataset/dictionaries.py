"""Dictionaries on a language model's residual stream, fitted whole or with a part frozen.

Their weights are not stored: a dictionary is fitted in a fraction of a second and takes more room
than all that is measured of it. Who needs one fits it again, from the same streams.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from tegum.dictionaries.fit import square_scale
from tegum.dictionaries.partly import explained, fit_folded
from tegum.dictionaries.study import Fitted, Stored
from tegum.experiment.cell import Cell
from tegum.experiment.params import Section
from tegum.studies.model_or_dataset.languages import VARIABLES, Corpus
from tegum.studies.model_or_dataset.params import Fit


def fitted(
    activations: Sequence[np.ndarray],
    cells: Sequence[Cell[Section]],
    sections: Sequence[Fit],
    device: str,
    part: str = "",
) -> list[Fitted]:
    """A dictionary for each (sample, dimension) array, from the streams of its cell."""
    tasks = [
        Stored(
            section=section,
            n_inputs=x.shape[1],
            latents=section.latents,
            learning_rate=section.dictionary_learning_rate,
            init=cell.stream("init"),
            order=cell.stream("data"),
            activations=torch.from_numpy(x).to(device),
            normalised=True,
            scale=square_scale,
        )
        for x, cell, section in zip(activations, cells, sections, strict=True)
    ]
    return fit_folded(tasks, device, part)


def measured(
    fit: Fitted, activations: Sequence[np.ndarray], corpora: Sequence[Corpus] | None
) -> dict[str, Any]:
    """What a dictionary explains, with its best latents where something is known of the corpora."""
    first, held_out = activations
    known = [(corpus.known, corpus.labels) for corpus in corpora] if corpora is not None else None
    return explained(fit, (first, held_out), known, len(VARIABLES))

"""Dictionaries of the activations of cells, from the cells' own streams.

Their weights are not stored: a dictionary is fitted in seconds and takes more room than all that is
measured of it. Who needs one fits it again.
"""

from collections.abc import Sequence

import numpy as np
import torch

from tegum.controls.ladder import decoded_again
from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.cell_sections import CellSection
from tegum.dictionaries.fit import square_scale
from tegum.dictionaries.partly import fit_folded
from tegum.dictionaries.quality import coded
from tegum.dictionaries.study import Fitted, Stored
from tegum.experiment.cell import Cell
from tegum.experiment.params import Section

Array = np.ndarray


def fitted(
    activations: Sequence[Array],
    cells: Sequence[Cell[Section]],
    sections: Sequence[CellSection],
    device: str,
    part: str = "",
) -> list[Fitted]:
    """A dictionary for each array (sample, dimension), from the streams of its cell.

    Args:
        activations: an array that occurs several times is held once.
        part: which of `tegum.dictionaries.partly.LEARNING` does not learn.
    """
    held = {id(x): torch.from_numpy(np.ascontiguousarray(x)).to(device) for x in activations}
    tasks = [
        Stored(
            section=section,
            n_inputs=x.shape[1],
            latents=section.latents,
            learning_rate=section.dictionary_learning_rate,
            init=cell.stream("init"),
            order=cell.stream("data"),
            activations=held[id(x)],
            normalised=True,
            scale=square_scale,
        )
        for x, cell, section in zip(activations, cells, sections, strict=True)
    ]
    return fit_folded(tasks, device, part)


def decoded_under(
    dictionary: Dictionary, sides: Sequence[Array], control: str, seed: int
) -> tuple[list[Array], Array]:
    """The dictionary's codes of activations, decoded again under a control of `DECODED`.

    Args:
        sides: sets of activations, each (sample, dimension).

    Returns:
        What they become, and the directions (latent, dimension) that this is made of.
    """
    codes = [coded(dictionary, torch.from_numpy(x)).codes for x in sides]
    decoder, bias = (p[0].cpu().numpy() for p in (dictionary.decoder, dictionary.decoder_bias))
    return decoded_again(control, codes, decoder, bias, seed)

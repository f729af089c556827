"""The vocabulary of the text, and how often its tokens occur.

The text itself is a recipe with a digest: the sources of an installed package. Where they are
others, or are missing, a row says so, and is made again once they are there.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.studies.embedding.decoders import texts, tokens
from tegum.studies.embedding.params import Generate
from tegum.studies.embedding.schema import GENERATE
from tegum.synthetic.byte_pairs import learn


def run(cells: Sequence[Cell[Generate]], rows: Rows, context: Context) -> xr.Dataset:
    """Pairs and counts of tokens (cell, ...)."""
    made: dict[Generate, dict[str, np.ndarray | int]] = {}
    for cell in cells:
        if cell.params not in made:
            made[cell.params] = _vocabulary(cell.params)
    each = [made[c.params] for c in cells]
    return GENERATE.dataset({name: [one[name] for one in each] for name in each[0]})


def _vocabulary(section: Generate) -> dict[str, np.ndarray | int]:
    n, told = section.n_tokens, texts(section)  # pyright: ignore[reportArgumentType]
    if told is None:
        nothing = {"pair": np.full((n, 2), -1), "count": np.zeros(n), "n_held_out": 0}
        return {"available": 0, **nothing}
    pairs = learn(told[0], n).pairs
    both = tokens(section, pairs)
    assert both is not None
    counts = np.bincount(both[0].numpy(), minlength=n)
    return {"available": 1, "pair": pairs, "count": counts, "n_held_out": len(both[1])}

"""Sparse codes of the embedding at every look, and of matrices that lack its structure."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.dictionaries.sparse_codes import coded
from tegum.experiment.cell import Cell, Context, Rows
from tegum.studies.embedding.params import Fit
from tegum.studies.embedding.schema import CONTROLS, FIT


def run(cells: Sequence[Cell[Fit]], rows: Rows, context: Context) -> xr.Dataset:
    """FVU and participation ratio (cell, checkpoint, control, ...)."""
    train, section = rows["train"], cells[0].params
    each = [_coded(c, train["embedding"].values[i]) for i, c in enumerate(cells)]
    found = {name: [one[name] for one in each] for name in each[0]}
    found["available"] = train["available"].values  # pyright: ignore[reportArgumentType]
    return FIT.dataset(found, {"control": list(CONTROLS), "l0": list(section.sparsities)})


def _coded(cell: Cell[Fit], embeddings: np.ndarray) -> dict[str, np.ndarray]:
    p, seed = cell.params, cell.stream("control") % 2**32
    each = [
        coded(e, CONTROLS, p.sparsities, n_atoms=p.n_atoms, iterations=p.iterations, seed=seed)
        for e in embeddings
    ]
    fvu, ratio = (np.stack(parts) for parts in zip(*each, strict=True))
    return {"fvu": fvu, "participation_ratio": ratio}

"""Sparse codes of the embedding at every look, and of matrices that lack its structure."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.controls.activations import matched_gaussian, permute_dimensions
from tegum.dictionaries.optimal_directions import sparse_coding
from tegum.experiment.cell import Cell, Context, Rows
from tegum.metrics.spectra import participation_ratio
from tegum.studies.embedding.params import Fit
from tegum.studies.embedding.schema import CONTROLS, FIT
from tegum.synthetic.planted import sparse_rows


def run(cells: Sequence[Cell[Fit]], rows: Rows, context: Context) -> xr.Dataset:
    """FVU and participation ratio (cell, checkpoint, control, ...)."""
    train, section = rows["train"], cells[0].params
    each = [_coded(c, train["embedding"].values[i]) for i, c in enumerate(cells)]
    found = {name: [one[name] for one in each] for name in each[0]}
    found["available"] = train["available"].values  # pyright: ignore[reportArgumentType]
    return FIT.dataset(found, {"control": list(CONTROLS), "l0": list(section.sparsities)})


def _coded(cell: Cell[Fit], embeddings: np.ndarray) -> dict[str, np.ndarray]:
    p, seed = cell.params, cell.stream("control") % 2**32
    size = len(embeddings), len(CONTROLS), len(p.sparsities)
    fvu, ratio = np.zeros(size), np.zeros(size[:2])
    for look, embedding in enumerate(embeddings):
        for number, control in enumerate(CONTROLS):
            if look and control == "planted":  # it does not depend on the embedding
                fvu[look, number], ratio[look, number] = fvu[0, number], ratio[0, number]
                continue
            for place, k in enumerate(p.sparsities):
                rows = _matrix(control, embedding, p.n_atoms, k, seed)
                coded = sparse_coding(rows, p.n_atoms, k, iterations=p.iterations, seed=seed)
                fvu[look, number, place] = coded[1]
            ratio[look, number] = participation_ratio(rows)
    return {"fvu": fvu, "participation_ratio": ratio}


def _matrix(control: str, embedding: np.ndarray, n_atoms: int, k: int, seed: int) -> np.ndarray:
    """The embedding, or what stands in its place: (token, width)."""
    if control == "gaussian":
        return matched_gaussian(embedding, seed)
    if control == "permuted":
        return permute_dimensions(embedding, seed)
    if control == "planted":
        return sparse_rows(*embedding.shape, n_atoms, k, seed)  # pyright: ignore[reportCallIssue]
    return embedding

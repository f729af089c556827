"""Rows of a model's token embedding, their sparse codes, and circles of ordered tokens."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import xarray as xr

from tegum.controls.activations import matched_gaussian, permute_dimensions
from tegum.dictionaries.optimal_directions import sparse_coding
from tegum.experiment.cell import Cell, Context
from tegum.interop.models.loaded import load_model
from tegum.interop.models.places import available
from tegum.interop.models.tiny import NAMES, tiny
from tegum.interop.models.vocabulary import embedding, ids_of, words
from tegum.metrics.spectra import participation_ratio
from tegum.metrics.token_geometry import circle
from tegum.studies.real_embedding.params import Fit
from tegum.studies.real_embedding.schema import CONTROLS, ROWS, SCHEMAS, SEQUENCES, STAGES
from tegum.synthetic.planted import sparse_rows


def run(cells: Sequence[Cell[Fit]], rows: Mapping[str, xr.Dataset], context: Context) -> xr.Dataset:
    """FVU (cell, control, l0) and circles (cell, stage, sequence); NaN without the extra."""
    sparsities = cells[0].params.sparsities
    sizes = {"control": len(CONTROLS), "l0": len(sparsities)}
    sizes |= {"stage": len(STAGES), "sequence": len(SEQUENCES)}
    found = {
        name: np.full((len(cells), *(sizes[d] for d in dims)), np.nan)
        for name, (dims, _) in ROWS.items()
    }
    found["available"][:] = available()
    for i, cell in enumerate(cells if available() else ()):
        for name, value in _measured(cell).items():
            found[name][i] = value
    labels = {"control": CONTROLS, "stage": STAGES, "sequence": list(SEQUENCES)}
    return SCHEMAS["fit"].dataset(
        found, {"l0": sparsities} | {name: list(values) for name, values in labels.items()}
    )


@cache
def _of(name: str) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray | None]]:
    """The embedding (token, dimension), ids of words, and those of each sequence."""
    model = tiny(name) if name in NAMES else load_model(name)
    sequences = {title: ids_of(model, texts) for title, texts in SEQUENCES.items()}
    return embedding(model), words(model), sequences


def _measured(cell: Cell[Fit]) -> dict[str, np.ndarray]:
    p, seed = cell.params, cell.stream("control") % 2**32
    table, known, sequences = _of(p.model)
    chosen = np.random.default_rng(seed).choice(known, p.n_rows, replace=False)
    rows = table[np.sort(chosen)].astype(float)
    fvu = np.zeros((len(CONTROLS), len(p.sparsities)))
    ratio = np.zeros(len(CONTROLS))
    for number, control in enumerate(CONTROLS):
        for place, k in enumerate(p.sparsities):
            matrix = _matrix(control, rows, p.n_atoms, k, seed)
            found = sparse_coding(matrix, p.n_atoms, k, iterations=p.iterations, seed=seed)
            fvu[number, place] = found[1]
        ratio[number] = participation_ratio(_matrix(control, rows, p.n_atoms, 1, seed))
    circles = np.full((3, len(STAGES), len(SEQUENCES)), np.nan)
    for place, ids in enumerate(sequences.values()):
        if ids is not None:
            for stage, matrix in enumerate((table[ids], drawn_anew(table[ids], seed))):
                circles[:, stage, place] = circle(matrix, seed)
    names = ("circle", "circle_p", "circle_null")
    return {"fvu": fvu, "participation_ratio": ratio} | dict(zip(names, circles, strict=True))


def _matrix(control: str, rows: np.ndarray, n_atoms: int, k: int, seed: int) -> np.ndarray:
    """The rows, or what stands in their place: (row, dimension)."""
    if control == "gaussian":
        return matched_gaussian(rows, seed)
    if control == "permuted":
        return permute_dimensions(rows, seed)
    if control == "planted":
        return sparse_rows(len(rows), rows.shape[1], n_atoms, k, seed)
    return drawn_anew(rows, seed) if control == "drawn anew" else rows


def drawn_anew(rows: np.ndarray, seed: int) -> np.ndarray:
    """Independent normal entries, as embeddings have them before training, of equal mean square."""
    scale = np.sqrt((np.asarray(rows, float) ** 2).mean())
    return scale * np.random.default_rng(seed).standard_normal(rows.shape)

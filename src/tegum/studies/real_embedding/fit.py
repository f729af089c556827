"""Rows of a model's token embedding, their sparse codes, and circles of ordered tokens."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import xarray as xr

from tegum.data.unmeasured import unmeasured
from tegum.dictionaries.sparse_codes import coded, stand_in
from tegum.experiment.cell import Cell, Context
from tegum.interop.models.places import available
from tegum.interop.models.tiny import named
from tegum.interop.models.vocabulary import embedding, ids_of, words
from tegum.metrics.token_geometry import circle
from tegum.studies.real_embedding.params import Fit
from tegum.studies.real_embedding.schema import CONTROLS, ROWS, SCHEMAS, SEQUENCES, STAGES


def run(cells: Sequence[Cell[Fit]], rows: Mapping[str, xr.Dataset], context: Context) -> xr.Dataset:
    """FVU (cell, control, l0) and circles (cell, stage, sequence); NaN without the extra."""
    sparsities = cells[0].params.sparsities
    sizes = {"control": len(CONTROLS), "l0": len(sparsities)}
    sizes |= {"stage": len(STAGES), "sequence": len(SEQUENCES)}
    found = unmeasured(ROWS, len(cells), sizes)
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
    model = named(name)
    sequences = {title: ids_of(model, texts) for title, texts in SEQUENCES.items()}
    return embedding(model), words(model), sequences


def _measured(cell: Cell[Fit]) -> dict[str, np.ndarray]:
    p, seed = cell.params, cell.stream("control") % 2**32
    table, known, sequences = _of(p.model)
    chosen = np.random.default_rng(seed).choice(known, p.n_rows, replace=False)
    rows = table[np.sort(chosen)].astype(float)
    fvu, ratio = coded(
        rows, CONTROLS, p.sparsities, n_atoms=p.n_atoms, iterations=p.iterations, seed=seed
    )
    circles = np.full((3, len(STAGES), len(SEQUENCES)), np.nan)
    for place, ids in enumerate(sequences.values()):
        if ids is not None:
            own = table[ids]
            for stage, matrix in enumerate((own, stand_in("drawn anew", own, 0, 0, seed))):
                circles[:, stage, place] = circle(matrix, seed)
    names = ("circle", "circle_p", "circle_null")
    return {"fvu": fvu, "participation_ratio": ratio} | dict(zip(names, circles, strict=True))

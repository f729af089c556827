"""The same decoders on the same windows around embeddings that stay as they are."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.metrics.geometry import unit
from tegum.studies.embedding.decoders import looks, tokens, trained
from tegum.studies.embedding.params import Control, Train
from tegum.studies.embedding.schema import ARMS, CONTROL


def run(cells: Sequence[Cell[Control]], rows: Rows, context: Context) -> xr.Dataset:
    """Losses (cell, arm, checkpoint); NaN without the text."""
    given = cells[0].upstream["generate"]
    steps = [0, *looks(cells[0].upstream["train"])]
    text = tokens(given, rows["generate"]["pair"].values[0])
    size = len(cells), len(ARMS)
    losses, change = np.full((*size, len(steps)), np.nan), np.full(size, np.nan)
    if text is not None:
        final = rows["train"]["embedding"].values[:, -1]
        frozen = [
            embedding_of(arm, final[i], c.stream("control") % 2**32)
            for i, c in enumerate(cells)
            for arm in ARMS
        ]
        several = [_as_trained(c) for c in cells for _ in ARMS]
        result, found = trained(several, context, text, given.n_tokens, np.stack(frozen))
        losses = found["evaluation_loss"].reshape(*size, -1)
        change = result.changes["loss_change"].reshape(size)
    here = {"available": np.full(len(cells), text is not None)}
    values = here | {"evaluation_loss": losses, "loss_change": change}
    return CONTROL.dataset(values, {"arm": list(ARMS), "step": steps})


def embedding_of(arm: str, trained: np.ndarray, seed: int) -> np.ndarray:
    """The embedding (token, width) of an arm.

    Args:
        arm: `frozen trained`, the trained one; `frozen permuted`, its rows in random order;
            `frozen random`, rows of random directions with the norms of the trained ones.
        trained: (token, width).
        seed: of order and directions.
    """
    rng = np.random.default_rng(seed)
    if arm == "frozen permuted":
        return trained[rng.permutation(len(trained))]
    if arm == "frozen random":
        norms = np.linalg.norm(trained, axis=1, keepdims=True)
        return (unit(rng.standard_normal(trained.shape)) * norms).astype(trained.dtype)
    return trained


def _as_trained(cell: Cell[Control]) -> Cell[Train]:
    return Cell(cell.study, "train", cell.axes, cell.upstream["train"], reseed=cell.reseed)

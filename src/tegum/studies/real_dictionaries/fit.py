"""Dictionaries under controls, how well they reconstruct, and on which tokens latents fire."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import xarray as xr

from tegum.controls.ladder import ACTIVATIONS, DECODED
from tegum.data.unmeasured import unmeasured
from tegum.dictionaries.cell_sections import CellSection
from tegum.dictionaries.of_cells import decoded_under, fitted
from tegum.dictionaries.partly import LEARNING, explained
from tegum.dictionaries.quality import coded
from tegum.dictionaries.study import Fitted
from tegum.experiment.cell import Cell, Context
from tegum.metrics.latent_tokens import token_entropy
from tegum.metrics.reconstruction import fvu
from tegum.studies.real_dictionaries import states
from tegum.studies.real_dictionaries.schema import DICTIONARY, SCHEMAS

Sides = tuple[np.ndarray, np.ndarray]
"""What is fitted to, and what is held out, both (token, width)."""


def run(
    cells: Sequence[Cell[CellSection]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Fit every cell; returns rows (cell, ...), NaN without the extra."""
    found = unmeasured(DICTIONARY, len(cells), {"latent": cells[0].params.latents})
    there = bool(rows["generate"]["available"].values.all()) and states.available()
    if there:
        seen = states.all_of([cell.upstream["generate"] for cell in cells])
        for i, (fit, sides) in enumerate(_under_controls(cells, seen, context.device)):
            made = explained(fit, sides, None, 0)
            codes = coded(fit.dictionary, torch.from_numpy(sides[1])).codes
            again = coded(fit.dictionary, torch.from_numpy(sides[0])).rebuilt
            made |= {"density": (codes > 0).mean(0), "fvu_fitted": fvu(sides[0], again)}
            if cells[i].upstream["generate"].rung not in (*ACTIVATIONS, *DECODED):
                made["token_entropy"] = token_entropy(codes, seen[i].tokens)
            for name in found.keys() & made.keys():
                found[name][i] = made[name]
    found["available"] = np.full(len(cells), float(there))
    return SCHEMAS["fit"].dataset(found)


def dictionaries(cells: Sequence[Cell[CellSection]], device: str) -> list[Fitted]:
    """The dictionary of each cell, under its rung."""
    seen = states.all_of([cell.upstream["generate"] for cell in cells])
    return [fit for fit, _ in _under_controls(cells, seen, device)]


def _under_controls(
    cells: Sequence[Cell[CellSection]], seen: Sequence[states.States], device: str
) -> list[tuple[Fitted, Sides]]:
    """The dictionary of each cell under its rung, and the activations that it belongs to."""
    rungs = [cell.upstream["generate"].rung for cell in cells]
    sides: list[Sides] = [(one.fitted, one.held_out) for one in seen]

    def fits(places: Sequence[int], part: str = "") -> list[Fitted]:
        chosen = [cells[i] for i in places]
        arrays = [sides[i][0] for i in places]
        return fitted(arrays, chosen, [cell.params for cell in chosen], device, part)

    own = [i for i, rung in enumerate(rungs) if rung in DECODED]
    for i, fit in zip(own, fits(own), strict=True):
        (one, other), _ = decoded_under(
            fit.dictionary, sides[i], rungs[i], cells[i].stream("control")
        )
        sides[i] = one.astype(np.float32), other.astype(np.float32)
    found: dict[int, Fitted] = {}
    parts = [rung if rung in LEARNING else "" for rung in rungs]
    for part in dict.fromkeys(parts):
        places = [i for i, name in enumerate(parts) if name == part]
        found |= dict(zip(places, fits(places, part), strict=True))
    return [(found[i], sides[i]) for i in range(len(cells))]

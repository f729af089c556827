"""Dictionaries under controls, how well they reconstruct, and on which tokens latents fire."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import xarray as xr

from tegum.controls.ladder import ACTIVATIONS, DECODED
from tegum.dictionaries.partly import explained
from tegum.dictionaries.quality import coded
from tegum.experiment.cell import Cell, Context
from tegum.metrics.latent_tokens import token_entropy
from tegum.metrics.reconstruction import fvu
from tegum.studies.real_dictionaries import states
from tegum.studies.real_dictionaries.dictionaries import under_controls
from tegum.studies.real_dictionaries.params import Fit
from tegum.studies.real_dictionaries.schema import DICTIONARY, SCHEMAS


def run(cells: Sequence[Cell[Fit]], rows: Mapping[str, xr.Dataset], context: Context) -> xr.Dataset:
    """Fit every cell; returns rows (cell, ...), NaN without the extra."""
    latents = cells[0].params.latents
    sizes = {"latent": latents}
    found = {
        name: np.full((len(cells), *(sizes[d] for d in dims)), np.nan)
        for name, (dims, *_) in DICTIONARY.items()
    }
    there = bool(rows["generate"]["available"].values.all()) and states.available()
    if there:
        sections = [cell.upstream["generate"] for cell in cells]
        seen = {section: states.of(section) for section in dict.fromkeys(sections)}
        rungs = [section.rung for section in sections]
        fits = under_controls(
            cells, [c.params for c in cells], rungs, [seen[s] for s in sections], context.device
        )
        for i, ((fit, sides), section) in enumerate(zip(fits, sections, strict=True)):
            made = explained(fit, sides, None, 0)
            codes = coded(fit.dictionary, torch.from_numpy(sides[1])).codes
            again = coded(fit.dictionary, torch.from_numpy(sides[0])).rebuilt
            made |= {"density": (codes > 0).mean(0), "fvu_fitted": fvu(sides[0], again)}
            if section.rung not in (*ACTIVATIONS, *DECODED):
                made["token_entropy"] = token_entropy(codes, seen[section].tokens)
            for name in found.keys() & made.keys():
                found[name][i] = made[name]
    found["available"] = np.full(len(cells), float(there))
    return SCHEMAS["fit"].dataset(found)

"""The dictionaries of `fit` on Gaussian samples of the same mean and covariance.

Synthetic activations are replaced when they are judged as well: what a Gaussian gains from more
latents. Hidden layers are not: what dictionaries without features are worth to the readout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
import xarray as xr

from tegum.controls.activations import matched_gaussian
from tegum.studies.readout.fit import Source, judged, sources

FITTED, HELD_OUT = 1, 2
"""Added to the control stream's seed: one stream for each thing that is drawn."""


def run(cells: Sequence[Any], rows: Mapping[str, xr.Dataset], context: Any) -> xr.Dataset:
    """Rows (cell, control) of the measures of `fit`."""
    sections = [c.upstream["fit"] for c in cells]
    real = sources(cells, sections, rows, context.device)
    drawn = [_gaussian(s, c.stream("control")) for s, c in zip(real, cells, strict=True)]
    return judged(drawn, context.device, {"control": cells[0].params.controls})


def _gaussian(source: Source, seed: int) -> Source:
    fitted = _drawn(source.activations, seed + FITTED)
    if source.read is not None:
        return replace(source, activations=fitted)
    return replace(source, activations=fitted, held_out=_drawn(source.held_out, seed + HELD_OUT))


def _drawn(activations: torch.Tensor, seed: int) -> torch.Tensor:
    found = matched_gaussian(activations.cpu().numpy(), seed)
    return torch.from_numpy(found).to(activations)

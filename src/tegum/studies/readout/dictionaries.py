"""TopK dictionaries on activations, and how well they explain them and serve the readout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import xarray as xr
from torch import Tensor

from tegum.controls.activations import matched_gaussian
from tegum.dictionaries.measures import QUALITY
from tegum.dictionaries.quality import coded, quality
from tegum.dictionaries.study import Stored, fit_all, labelled, stored
from tegum.experiment.cell import Cell
from tegum.experiment.params import Section
from tegum.studies.readout.params import Fit
from tegum.studies.readout.recovered import Served
from tegum.studies.readout.schema import DICTIONARY, RECOVERED
from tegum.synthetic.subsets import SubsetStream


@dataclass(frozen=True, kw_only=True)
class Source(Stored):
    """What one dictionary is fitted to, and on what it is judged."""

    held_out: Tensor
    """(sample, input)."""
    read: Served | None
    """What reads held-out activations, where something does."""


def source(
    cell: Cell[Section], section: Fit, fitted: Tensor, held_out: Tensor, read: Served | None = None
) -> Source:
    """What the dictionary of a cell is fitted to.

    Args:
        cell: of `fit`, or of `control`, with the same streams.
        section: that of `fit`.
        fitted, held_out: activations (sample, input).
        read: what reads them.
    """
    return Source(
        section=section,
        n_inputs=fitted.shape[1],
        latents=section.expansion * fitted.shape[1],
        learning_rate=section.dictionary_learning_rate,
        init=cell.stream("init"),
        order=cell.stream("data"),
        activations=fitted,
        normalised=True,
        held_out=held_out,
        read=read,
    )


def features(seed: int, n_features: int, n_active: int, count: int, device: str) -> Tensor:
    """(sample, feature), exactly `n_active` of them uniform on (0, 1]."""
    drawn = SubsetStream(
        seeds=[seed],
        n_features=n_features,
        n_active=n_active,
        batch=count,
        magnitudes=True,
        device=device,
    )
    return drawn.batch(0)[0][0]


def gaussian(activations: Tensor, seed: int) -> Tensor:
    """Gaussian samples of the mean and covariance of activations (sample, input)."""
    return torch.from_numpy(matched_gaussian(activations.cpu().numpy(), seed)).to(activations)


def judged(
    found: Sequence[Source], device: str, outer: Mapping[str, Sequence[str]] | None = None
) -> xr.Dataset:
    """Fit a dictionary per source and judge it on held-out activations.

    Args:
        found: sources in row-major order of `cell` and the dims of `outer`.
        device: where to fit.
        outer: dims of the rows after `cell`, with their values.
    """
    measured = []
    for fitted, one in zip(fit_all(found, stored, device), found, strict=True):
        codes = coded(fitted.dictionary, one.held_out)
        row = quality(codes, one.held_out.cpu().numpy()) | fitted.changes
        if one.read is not None:
            row |= one.read.recovered(torch.from_numpy(codes.rebuilt).to(device))
        measured.append(row)
    names = {name: QUALITY[name] for name in DICTIONARY} | RECOVERED
    kept = {name: text for name, text in names.items() if name in measured[0]}
    return labelled(measured, kept, outer)

"""Dictionaries on the inputs and the hidden pre-activations of the trained models.

Rows: per (site, dictionary) how well the true features are recovered, directions and supports
apart. The truth at site `input` is the embedding's columns, at site `hidden` those of L1 P.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr

from tegum.dictionaries.measures import BEST_COSINE, QUALITY
from tegum.dictionaries.quality import Truth, coded, quality
from tegum.dictionaries.study import Stored, fit_all, labelled, stored
from tegum.experiment.cell import Cell, Context
from tegum.studies.monosemanticity.params import Control, Fit
from tegum.studies.monosemanticity.schema import MEASURES
from tegum.synthetic.tasks import SuperpositionStream


@dataclass(frozen=True)
class Source:
    """What a dictionary is fitted to, and what it should find."""

    section: Fit
    fitted: np.ndarray
    """(sample, dimension)."""
    held_out: np.ndarray
    """(sample, dimension)."""
    truth: Truth
    init: int
    order: int
    """Seeds of the initial dictionary and of its minibatches."""


def run(cells: Sequence[Cell[Fit]], rows: Mapping[str, xr.Dataset], context: Context) -> xr.Dataset:
    """Fit a dictionary at every site of each cell; returns rows (cell, site, ...)."""
    sites = cells[0].params.sites
    sections = [cell.params for cell in cells]
    by_site = [site_sources(cells, sections, rows["train"], site) for site in sites]
    sources = [source for places in zip(*by_site, strict=True) for source in places]
    return recovered(sources, context.device, {"site": sites})


def recovered(
    sources: Sequence[Source], device: str, outer: Mapping[str, Sequence[str]]
) -> xr.Dataset:
    """Fit a dictionary to each source, and compare it with the source's truth.

    Args:
        sources: in row-major order of `cell` and the dims of `outer`.
        device: where to fit.
        outer: dims of the rows after `cell`, with their values.
    """
    found = []
    truths = [source.truth.directions for source in sources]
    fits = fit_all([_task(source, device) for source in sources], stored, device, truths=truths)
    for fitted, source in zip(fits, sources, strict=True):
        codes = coded(fitted.dictionary, torch.from_numpy(source.held_out))
        found.append(quality(codes, source.held_out, source.truth) | fitted.changes)
    names = {name: QUALITY[name] for name in MEASURES} | BEST_COSINE
    return labelled(found, names, outer, {"best_cosine": ("feature",)})


def _task(source: Source, device: str) -> Stored:
    return Stored(
        section=source.section,
        n_inputs=source.fitted.shape[1],
        latents=source.section.latents,
        learning_rate=source.section.dictionary_learning_rate,
        init=source.init,
        order=source.order,
        activations=torch.from_numpy(source.fitted).to(device),
        normalised=True,
    )


def site_sources(
    cells: Sequence[Cell[Fit]] | Sequence[Cell[Control]],
    sections: Sequence[Fit],
    train: xr.Dataset,
    site: str,
) -> list[Source]:
    """Activations and truth at one site of each cell, for dictionaries of these sections."""
    fitted = _features(cells, train, "data", sections[0].samples)
    held_out = _features(cells, train, "evaluation", sections[0].held_out)
    sources = []
    for index, (cell, section) in enumerate(zip(cells, sections, strict=True)):
        row = train.isel(cell=index)
        encoder, bias = _weights_at(row, site)
        through = (encoder @ row["embedding"].values).T
        sources.append(
            Source(
                section,
                fitted[index] @ through + bias,
                held_out[index] @ through + bias,
                Truth(through, held_out[index] != 0),
                cell.stream("init"),
                cell.stream("data"),
            )
        )
    return sources


def _weights_at(row: xr.Dataset, site: str) -> tuple[np.ndarray, np.ndarray]:
    """The affine map from inputs to a site: the identity, or the encoder and its final bias."""
    if site == "input":
        size = row.sizes["input"]
        return np.eye(size, dtype=np.float32), np.zeros(size, np.float32)
    return row["encoder"].values, row["bias"].isel(checkpoint=-1).values


def _features(
    cells: Sequence[Cell[Fit]] | Sequence[Cell[Control]],
    train: xr.Dataset,
    purpose: str,
    samples: int,
) -> np.ndarray:
    """Features, signed where the task is: (cell, sample, feature)."""
    upstream = cells[0].upstream["train"]
    stream = SuperpositionStream(
        task=upstream.task,
        seeds=[c.stream(purpose) for c in cells],
        n_inputs=upstream.n_inputs,
        probabilities=train["feature_frequency"].values,
        batch=samples,
        embedder_seeds=[c.stream("data") for c in cells],
    )
    return stream.latent(0).numpy()

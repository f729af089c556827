"""Evidence on the known variables of language models, and on latents of their dictionaries."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import torch
import xarray as xr

from tegum.controls.interventions import matched_latents
from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.of_cells import fitted
from tegum.dictionaries.quality import coded
from tegum.errors import TegumError
from tegum.evidence.bench import Bench, Samples, Subject, bench, evidence
from tegum.evidence.interventions import Intervention, difference
from tegum.evidence.synthetic import sentence_samples
from tegum.experiment.cell import Cell, Context
from tegum.experiment.params import Section
from tegum.models.language import LanguageModel
from tegum.models.weights import Weights
from tegum.studies.model_or_dataset.languages import PROBED, new_model, readings, rules, sentences
from tegum.studies.model_or_dataset.params import Fit, LanguageVerdicts, TrainLanguage
from tegum.synthetic.corpora import ROLES
from tegum.training.rows import weights_from_row

SPARE = 4
"""Sequences that are drawn for each one that is needed, since not all have an adverb."""
TESTED_RANKS = 4
"""Of the latents by how often they fire, every fourth is tested."""


def run(
    cells: Sequence[Cell[LanguageVerdicts]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Evidence on every variable and on some latents of each cell."""
    section, device, train = cells[0].params, context.device, rows["train"]
    dictionaries = _dictionaries(cells, train, device) if section.tested_latents else []
    subjects = []
    for index, cell in enumerate(cells):
        new = partial(new_model, cell.upstream["train"])
        weights = weights_from_row(train.isel(cell=index), new([0]))
        on = _bench(cell, weights, device, adverbs=True)
        found = [(on, subject) for subject in on.variables(ROLES)]
        if dictionaries:
            on = _bench(cell, weights, device, adverbs=False)
            found += [(on, subject) for subject in _latents(on, dictionaries[index], section)]
        subjects.append(found)
    return evidence(section, subjects)


def _dictionaries(
    cells: Sequence[Cell[LanguageVerdicts]], train: xr.Dataset, device: str
) -> list[Dictionary]:
    """Those of `fit`."""
    sections: list[Fit] = [cell.upstream["fit"] for cell in cells]
    tested, latents = cells[0].params.tested_latents, sections[0].latents
    if TESTED_RANKS * (tested - 1) >= latents:
        raise TegumError(
            f"tested_latents: {tested} is every {TESTED_RANKS}th of more than latents: {latents}; "
            f"give at most {-(-latents // TESTED_RANKS)}"
        )
    activations = [r.activations[0] for r in readings(cells, sections, train, device)]
    return [fit.dictionary for fit in fitted(activations, cells, sections, device)]


def _bench(
    cell: Cell[LanguageVerdicts], weights: Weights, device: str, *, adverbs: bool
) -> Bench[LanguageModel]:
    section, fit = cell.params, cell.upstream["fit"]
    samples = section.n_train + section.n_test
    read = of_sentences(cell, fit.first_position, samples, adverbs=adverbs)
    new = partial(new_model, cell.upstream["train"])
    return bench(cell, section, read, new, weights, device)


def _latents(
    bench: Bench[LanguageModel], dictionary: Dictionary, section: LanguageVerdicts
) -> list[Subject]:
    """Latents that fire often enough; the intervention takes away what they say."""
    x, n = bench.trained.activations, section.n_train
    codes = coded(dictionary, torch.from_numpy(x)).codes
    decoder, fires = dictionary.decoder[0].cpu().numpy(), codes > 0
    rarer = np.minimum(fires[:n].sum(0), fires[n:].sum(0))
    order = np.argsort(-np.where(fires.mean(0) <= 0.5, rarer, -1), kind="stable")
    targets = bench.samples.targets[:n]
    found = []
    for rank in range(section.tested_latents):
        latent = int(order[TESTED_RANKS * rank])
        on = fires[:, latent]
        at = n + np.flatnonzero(on[n:])[: section.steered]
        expected = -difference(targets, on[:n])
        taken = Intervention(x[at], decoder[latent], -codes[at, latent], expected)
        alike = decoder[matched_latents(codes, decoder, latent, count=3)]
        found.append(Subject(f"latent {rank}", "latent", on, taken, alike, latent))
    return found


def of_sentences(
    cell: Cell[Section], first_position: int, samples: int, *, adverbs: bool
) -> Samples[LanguageModel]:
    """One position of each of many sequences of a cell, as `sentence_samples` has it."""
    params: TrainLanguage = cell.upstream["train"]
    seed = cell.stream("evaluation")
    words, states = sentences(cell, params, SPARE * samples, PROBED)
    how = {"first_position": first_position, "samples": samples, "seed": seed, "adverbs": adverbs}
    return sentence_samples(rules(params), words, states, **how)

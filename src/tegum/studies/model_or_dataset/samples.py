"""Samples of a cell's inputs whose variables are known, for probes and for evidence."""

import numpy as np

from tegum.evidence.bench import Samples
from tegum.evidence.synthetic import bit_samples, sentence_samples
from tegum.experiment.cell import Cell
from tegum.experiment.params import Section
from tegum.models.classifier import Classifier
from tegum.models.language import LanguageModel
from tegum.studies.model_or_dataset.languages import PROBED, rules, sentences
from tegum.studies.model_or_dataset.params import TrainClassifier, TrainLanguage
from tegum.synthetic.bits import bits

SPARE = 4
"""Sequences that are drawn for each one that is needed, since not all have an adverb."""


def of_bits(cell: Cell[Section], typed_bits: int, samples: int) -> Samples[Classifier]:
    """Fresh bits with the variables of `tegum.synthetic.bits`.

    Args:
        typed_bits: random bits that make the input's type.
    """
    params: TrainClassifier = cell.upstream["train"]
    x = bits(cell.stream("evaluation"), 1, samples, params.n_bits, params.bit_probability)
    typed = np.random.default_rng(cell.stream("control")).permutation(params.n_bits)[:typed_bits]
    return bit_samples(x, typed)


def of_sentences(
    cell: Cell[Section], first_position: int, samples: int, *, adverbs: bool
) -> Samples[LanguageModel]:
    """One position of each of many sequences of a cell, as `sentence_samples` has it."""
    params: TrainLanguage = cell.upstream["train"]
    seed = cell.stream("evaluation")
    words, states = sentences(cell, params, SPARE * samples, PROBED)
    how = {"first_position": first_position, "samples": samples, "seed": seed, "adverbs": adverbs}
    return sentence_samples(rules(params), words, states, **how)

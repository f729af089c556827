"""What all pairs share: their law, and how they are read."""

import numpy as np

from tegum.experiment.cell import Cell
from tegum.experiment.params import Section
from tegum.probes.readers import Options, Split
from tegum.studies.contrast_pairs.params import Pairs as PairsSection
from tegum.synthetic.pairs import PairLaw, Pairs
from tegum.training.contrast import Search


def law(section: PairsSection, *, test: bool = False) -> PairLaw:
    """The law of a cell's pairs, of those to fit on or of those to measure on."""
    names = PairLaw.__dataclass_fields__.keys() & type(section).model_fields.keys()
    found = {name: getattr(section, name) for name in names}
    if test and section.test_truth_probability is not None:
        found["truth_probability"] = section.test_truth_probability
    return PairLaw(**found)


def options(section: PairsSection) -> Options:
    """How the pairs are read."""
    search = Search(
        probe=section.probe,
        width=section.probe_width,
        tries=section.tries,
        steps=section.probe_steps,
        learning_rate=section.probe_learning_rate,
        weight_decay=section.probe_weight_decay,
    )
    return Options(search, section.divide_by_std)


def split_of(cell: Cell[Section], train: Pairs, test: Pairs, known: np.ndarray | None) -> Split:
    """The two halves of a cell's pairs, and its streams."""
    return Split(train, test, cell.stream("init"), cell.stream("control"), known)

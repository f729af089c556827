"""Parameters of the test study."""

from typing import ClassVar

from tegum.experiment.params import Section, StudyParams, shape


class Train(Section):
    drift: float = 0.0
    """Mean of a step."""
    steps: int = shape(10)
    """Number of steps."""


class Fit(Section):
    degree: int = 1
    """Degree of the polynomial."""


class Measure(Section):
    threshold: float = 1.0
    """A distance that counts as far."""


class Params(StudyParams):
    CHAIN: ClassVar = {"train": (), "fit": ("train",), "measure": ("train", "fit")}
    train: Train = Train()
    fit: Fit = Fit()
    measure: Measure = Measure()

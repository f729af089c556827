"""Parameters of a study that reads another's rows."""

from typing import ClassVar

from tegum.experiment.params import Section, StudyParams


class Fit(Section):
    power: float = 2.0
    """Exponent of the moment."""


class Measure(Section):
    scale: float = 1.0
    """Factor of the root."""


class Params(StudyParams):
    CHAIN: ClassVar = {"fit": (), "measure": ("fit",)}
    fit: Fit = Fit()
    measure: Measure = Measure()

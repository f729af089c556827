"""Parameters of a study whose row stage has two kinds, alone and in one sweep."""

from typing import Literal

from pydantic import Field

from tegum.experiment.params import Section, StudyParams, shape


class Line(Section):
    model: Literal["line"] = shape("line")
    slope: float = 1.0
    """Rise per point."""
    points: int = 5
    """Number of points."""


class Wave(Section):
    model: Literal["wave"] = shape("wave")
    rate: float = 0.5
    """Angle per point."""
    points: int = 5
    """Number of points."""


class Measure(Section):
    offset: float = 0.5
    """What is added to a height."""


class Params(StudyParams):
    train: Line | Wave = Field(Line(), discriminator="model")
    measure: Measure = Measure()

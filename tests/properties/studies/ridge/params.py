"""Parameters of a study with a chain of row stages, two sweeps, figures and an input."""

from typing import ClassVar

from tegum.experiment.params import Section, StudyParams, shape


class Generate(Section):
    noise: float = 0.1
    """Standard deviation of the noise."""
    samples: int = shape(12)
    """Number of samples."""


class Train(Section):
    penalty: float = 0.1
    """Weight of the penalty."""


class Control(Section):
    shuffles: int = 1
    """How many places the targets are moved by."""


class Measure(Section):
    tolerance: float = 0.5
    """An error that counts as small."""


class Params(StudyParams):
    CHAIN: ClassVar = {
        "generate": (),
        "train": ("generate",),
        "control": ("generate", "train"),
        "measure": ("train", "control"),
    }
    generate: Generate = Generate()
    train: Train = Train()
    control: Control = Control()
    measure: Measure = Measure()

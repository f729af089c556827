"""Parameters of the study `subset_parity`."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from tegum.experiment.params import Section, StudyParams, shape


class Train(Section):
    """A network with one hidden layer that is taught the parity of the first k of n signs."""

    n_inputs: int = shape(14, ge=2, le=64)
    """n, the signs of an input."""
    n_parity: int = Field(default=3, ge=1)
    """k, the signs whose product is the target."""
    largest_parity: int = shape(4, ge=1)
    """Outputs: the most bits that any model of the sweep is taught."""
    width: int = shape(64, ge=1)
    """Hidden neurons."""
    loss: Literal["hinge", "squared"] = shape("hinge")
    """Of an output and its sign."""
    curriculum: Literal[
        "none", "nested", "growing", "biased", "wrong", "coins", "frozen", "shuffled"
    ] = "none"
    """How the parity is taught (`tegum.synthetic.parity.Curriculum`)."""
    phase: int = Field(default=128, ge=0)
    """Steps after which a growing or biased curriculum is the task itself."""
    input_bias: float = Field(default=0.5, gt=-1, lt=1)
    """Mean of each bit during the phase of a biased curriculum."""
    auxiliary_importance: float = Field(default=1.0, ge=0)
    """Of each further output in the loss, beside 1 of the parity itself."""
    optimiser: Literal["adam", "sgd"] = shape("adam")
    """With a constant learning rate."""
    learning_rate: float = Field(default=0.003, gt=0)
    """Of the optimiser."""
    steps: int = shape(8192, ge=2)
    """Optimiser steps, each on fresh samples."""
    batch: int = shape(32, ge=1)
    """Samples of a step."""
    looks: int = shape(4, ge=1)
    """Times per doubling of the steps at which a model is looked at."""
    enumerated: int = shape(14, ge=1, le=20)
    """Largest n at which a look is at all 2^n inputs."""
    evaluation_samples: int = shape(4096, ge=2)
    """Inputs that a look is at where n is larger."""

    @model_validator(mode="after")
    def _there_are_enough_bits(self) -> Self:
        if self.n_parity > min(self.largest_parity, self.n_inputs - 1):
            raise ValueError(
                f"n_parity is {self.n_parity}; it is at most largest_parity "
                f"({self.largest_parity}) and less than n_inputs ({self.n_inputs})"
            )
        if self.curriculum == "wrong" and 2 * self.n_parity - 1 > self.n_inputs:
            raise ValueError(
                f"the curriculum `wrong` needs {self.n_parity - 1} bits outside S; "
                f"n_inputs is {self.n_inputs}"
            )
        return self


class Measure(Section):
    """What the measurement depends on; an edit here trains nothing."""

    learnt: float = Field(default=0.9, gt=0.5, le=1)
    """Accuracy at which the parity counts as learnt."""
    mastered: float = Field(default=0.99, gt=0.5, le=1)
    """Accuracy at which it counts as mastered."""
    chance: float = Field(default=0.6, gt=0.5, lt=1)
    """Accuracy below which a model is still at chance."""


class Params(StudyParams):
    """All parameters of the study."""

    CHAIN: ClassVar = {"train": (), "measure": ("train",)}
    REHEARSAL: ClassVar = {"train": {"steps": 20}}
    train: Train = Train()
    measure: Measure = Measure()

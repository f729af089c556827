"""Parameters of the study `basins`: models with more or less noise, and what moves between them."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from tegum.experiment.params import Section, StudyParams, shape


class Train(Section):
    """Models y = W2 ReLU(W1 P f + b) that differ in the noise of training and in their start.

    A row holds all models of one seed, which share the embedding P: only such can be compared.
    """

    n_features: int = shape(40, ge=2)
    """N."""
    n_inputs: int = shape(10, ge=1)
    """d, the dimensions into which the features are embedded."""
    width: int = shape(80, ge=1)
    """k, hidden neurons."""
    feature_probability: float = Field(default=0.03125, gt=0, le=1)
    """Probability that a feature is active."""
    noise_levels: list[float] = shape([0.0, 0.5, 1.0])
    """Gaussian noise on the inputs, in units of the interference sigma_I; each is a solution."""
    starts: int = shape(2, ge=2)
    """Models per level, which differ in initial weights and in batches."""
    learning_rate: float = Field(default=0.01, gt=0)
    """Adam, constant for the first half of the steps, then linear to 0."""
    steps: int = shape(1536, ge=2)
    """Optimiser steps with noise."""
    relaxing_steps: int = shape(512, ge=2)
    """Further steps of a copy of each model without noise, by the same schedule."""
    batch: int = shape(128, ge=1)
    """Samples per step."""
    evaluation_samples: int = shape(2048, ge=2)
    """Samples of the clean evaluation set, on which all paths are measured too."""

    @model_validator(mode="after")
    def _levels_rise_from_none(self) -> Self:
        levels = self.noise_levels
        if levels[:1] != [0.0] or sorted(set(levels)) != levels or len(levels) < 2:
            raise ValueError(
                f"noise_levels are {levels}; they start at 0 and rise, and there are at least two"
            )
        return self


class _Moved(Section):
    """What is trained on from models of a row, or between two of them."""

    learning_rate: float = Field(default=0.01, gt=0)
    """Adam."""
    steps: int = shape(256, ge=2)
    """Optimiser steps; where there are two phases, of each."""
    batch: int = shape(128, ge=1)
    """Samples per step."""


class FitCurve(_Moved):
    """A quadratic Bezier curve between two models, whose control point is trained."""

    kind: Literal["curve"] = "curve"
    ends: Literal["mono_mono", "poly_poly", "mono_poly"] = "mono_mono"
    """Trained with the most noise (mono) and with none (poly), from different starts."""


class FitHop(_Moved):
    """A model that is pulled towards another and then let go.

    Constant learning rate while it is pulled; when it is let go, as in training.
    """

    kind: Literal["hop"] = "hop"
    direction: Literal["to_mono", "to_noisy", "to_poly"] = "to_mono"
    """From the model without noise to another start's that had the most noise and relaxed
    (`to_mono`) or still has it (`to_noisy`); or from the relaxed one back."""
    strength: float = Field(default=0.0, ge=0)
    """mu, of (mu / 2) ||theta - target||^2."""


class FitLeave(_Moved):
    """A model without noise that is driven away from where it was and then let go."""

    kind: Literal["leave"] = "leave"
    repulsion: float = Field(default=0.0, ge=0)
    """lambda, of -lambda min(L(midpoint to the origin), ceiling)."""
    ceiling: float = Field(default=3.0, gt=1)
    """In units of the loss that it starts from."""


class Measure(Section):
    """What counts as monosemantic, as a place on a path, and as one basin."""

    threshold: float = Field(default=0.9, gt=0, lt=1)
    """Selectivity above which a neuron is monosemantic."""
    positions: int = Field(default=11, ge=3)
    """Places on a path, its ends among them."""
    same_basin: float = Field(default=0.05, gt=0)
    """Largest barrier within a basin, in units of the mean end loss."""
    brute_force: int = Field(default=6, ge=1, le=8)
    """Neurons of the models on which every order is tried."""


class Params(StudyParams):
    """All parameters of the study."""

    REHEARSAL: ClassVar = {
        "train": {"steps": 8, "relaxing_steps": 4, "batch": 32, "evaluation_samples": 128},
        "fit": {"steps": 4, "batch": 32},
    }
    train: Train = Train()
    fit: FitCurve | FitHop | FitLeave = Field(FitHop(), discriminator="kind")
    measure: Measure = Measure()

"""Parameters of the study `sparse_training`: masks that stay, that move, and that are found."""

from typing import ClassVar, Literal

from pydantic import Field

from tegum.experiment.params import Section, StudyParams, shape


class Task(Section):
    """Two-layer models y = W2 ReLU(W1 P f + b) of sparse features f."""

    n_features: int = shape(40, ge=2)
    """N."""
    n_inputs: int = shape(10, ge=1)
    """d, the dimensions into which the features are embedded."""
    width: int = shape(80, ge=1)
    """k, hidden neurons."""
    feature_probability: float = Field(default=0.03125, gt=0, le=1)
    """Probability that a feature is active."""
    layers: Literal["first", "both"] = "first"
    """Which layers have a mask of that density."""
    learning_rate: float = Field(default=0.01, gt=0)
    """Adam, constant for the first half of the steps, then linear to 0."""
    steps: int = shape(1280, ge=8)
    """Optimiser steps; of a ticket those before it was rewound to are included."""
    batch: int = shape(128, ge=1)
    """Samples per step."""
    evaluation_samples: int = shape(4096, ge=2)
    """Samples of the evaluation set."""


class TrainMasked(Task):
    """One training with masks."""

    kind: Literal["masked"] = "masked"
    method: Literal["dense", "fixed", "prune_grow", "narrow"] = "dense"
    """`dense`: no mask. `fixed`: a random one. `prune_grow`: the same at first; then the smallest
    weights are dropped and random ones enabled, again and again. `narrow`: dense, but with fewer
    neurons, so that there are as many weights and biases as with the mask."""
    mask_density: float = Field(default=1.0, gt=0, le=1)
    """Share of the weights of a masked layer that are not held at 0."""
    regrow_every: int = Field(default=100, ge=1)
    """Steps between regrowths."""
    regrow_share: float = Field(default=0.2, gt=0, lt=1)
    """Share of the kept weights that is dropped in a regrowth."""
    regrow_until: float = Field(default=0.75, gt=0, le=1)
    """Share of the steps after which masks stay."""


class TrainTickets(Task):
    """Iterative magnitude pruning: train, prune the smallest weights, rewind, train again."""

    kind: Literal["tickets"] = "tickets"
    ticket: Literal["found", "shuffled"] = "found"
    """`found`: the largest weights of the round before are kept. `shuffled`: as many at random."""
    rounds: int = shape(6, ge=1)
    """Prunings."""
    prune_share: float = Field(default=0.2, gt=0, lt=1)
    """Share of the kept weights that a round removes."""
    rewind_share: float = Field(default=0.125, gt=0, lt=0.5)
    """Share of the steps after which the weights are those to which a ticket is rewound."""


class Measure(Section):
    """What counts as monosemantic."""

    thresholds: list[float] = [0.9, 0.99, 0.999]
    """Selectivity above which a neuron is monosemantic."""


class Params(StudyParams):
    """All parameters of the study."""

    REHEARSAL: ClassVar = {
        "train": {"steps": 16, "batch": 32, "evaluation_samples": 256, "rounds": 2}
    }
    train: TrainMasked | TrainTickets = Field(TrainMasked(), discriminator="kind")
    measure: Measure = Measure()

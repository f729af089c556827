"""Parameters of the study `levers`: two-layer models, and all that may be done to them."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from tegum.experiment.params import Section, StudyParams, shape


class Train(Section):
    """Two-layer models y = W2 ReLU(W1 P f + b) of sparse features f."""

    n_features: int = shape(64, ge=2)
    """N."""
    n_inputs: int = shape(16, ge=1)
    """d, the dimensions into which the features are embedded."""
    width: int = shape(128, ge=1)
    """k, hidden neurons."""
    feature_probability: float = Field(default=0.03125, gt=0, le=1)
    """Probability that a feature is active; with `power_law`, their mean before clipping."""
    frequency: Literal["uniform", "power_law"] = "uniform"
    """How that probability is spread over the features."""
    importance: Literal["uniform", "power_law"] = "uniform"
    """Weights of the features' squared errors: equal, or as frequencies of a power law are, the
    rarest feature's the largest. Their mean is 1."""
    task: Literal["decoder", "random_projection", "absolute_value"] = shape("decoder")
    """Targets: the features, another random projection of them, or their absolute values."""
    start: Literal["offset", "below", "below_all"] = "offset"
    """Initial bias. `offset`: the default one plus `bias_offset`. `below`: the negative of the
    largest input of each neuron over some samples, so that it is silent but for few. `below_all`:
    that of the largest of all neurons, the same for each."""
    bias_offset: float = 0.0
    """Added to the default initial bias; in units of a feature's amplitude."""
    bias_decay_efolds: float = Field(default=0.0, ge=0)
    """By how many factors of e every bias is shrunk over the first half of the steps."""
    l1_hidden: float = Field(default=0.0, ge=0)
    """Strength of the penalty on the summed hidden activations."""
    l1_output: float = Field(default=0.0, ge=0)
    """Strength of the penalty on the summed outputs."""
    l1_weights: float = Field(default=0.0, ge=0)
    """Strength of the penalty on the summed absolute weights of both layers."""
    input_noise: float = Field(default=0.0, ge=0, json_schema_extra={"units": "sigma_I"})
    """Gaussian noise on the inputs while training, in units of the interference sigma_I."""
    routing: Literal["none", "learned", "random"] = shape("none")
    """Whether a sample runs one group of the neurons alone, and by what it is chosen."""
    groups: int = shape(4, ge=1)
    """Groups of neurons, with `routing`."""
    learning_rate: float = Field(default=0.003, gt=0)
    """Of Adam, before the schedule."""
    schedule: Literal["linear_decay_second_half", "periodic_cosine"] = shape(
        "linear_decay_second_half"
    )
    """Learning-rate schedule."""
    half_period: int = shape(128, ge=1)
    """Steps from peak to trough of `periodic_cosine`."""
    steps: int = shape(4096, ge=2)
    """Optimiser steps."""
    batch: int = shape(128, ge=1)
    """Samples per step."""
    evaluation_samples: int = shape(4096, ge=2)
    """Samples of the clean evaluation set."""
    looks: Literal["ends", "even"] = shape("ends")
    """Checkpoints beside the first and the last step: none, or 32 evenly spaced ones, which are in
    one phase of a learning rate of 32 periods."""

    @property
    def decay_per_step(self) -> float:
        """The share that a bias loses in a step of the first half, for the e-folds asked for."""
        return self.bias_decay_efolds / (self.steps / 2)

    @model_validator(mode="after")
    def _groups_fit(self) -> Self:
        if self.routing != "none" and self.width % self.groups:
            raise ValueError(f"groups {self.groups} does not divide the width {self.width}")
        if self.importance != "uniform" and self.task == "random_projection":
            raise ValueError("a random projection has no features among its outputs to weigh")
        if self.importance != "uniform" and self.routing != "none":
            raise ValueError("routed models have outputs of equal importance")
        return self


class Measure(Section):
    """What counts as monosemantic."""

    thresholds: list[float] = [0.9, 0.99, 0.999]
    """Selectivity above which a neuron is monosemantic."""
    ignored: float = Field(default=0.9, gt=0)
    """Share of the null loss above which a feature counts as ignored."""


class Params(StudyParams):
    """All parameters of the study."""

    REHEARSAL: ClassVar = {
        "train": {"steps": 8, "half_period": 1, "batch": 32, "evaluation_samples": 256}
    }
    train: Train = Train()
    measure: Measure = Measure()

"""Parameters: quadratic models on their exact loss, interventions on them, sampled networks."""

from typing import ClassVar, Literal

from pydantic import Field

from tegum.experiment.params import Section, StudyParams, shape


class Train(Section):
    """Models that share `width` dimensions among `n_features` features."""

    task: Literal["allocate", "flatten", "flatten_one", "mask", "compare", "deep"] = shape(
        "allocate"
    )
    """Quadratic models, left alone; under a flattening penalty; under one for one feature at a
    time; with features removed one by one; architectures beside each other; deeper networks."""
    n_features: int = shape(30, ge=2)
    """N."""
    width: int = shape(8, ge=1)
    """d, neurons of a hidden layer: the dimensions of an embedding vector."""
    kurtosis: float = Field(default=10.0, ge=1)
    """Fourth moment of a feature of variance 1 (quadratic models)."""
    value_base: float = Field(default=0.93, gt=0, le=1)
    """Values v_i = value_base^i of the features, i from 0."""
    ratio_points: int = shape(0, ge=0)
    """If above 0: two features, v_1 = 1, and this many log-spaced v_2 from 1 / ratio_reach to
    ratio_reach, along `ratio`."""
    ratio_reach: float = Field(default=10.0, gt=1)
    """Largest v_2 / v_1."""
    learning_rate: float = Field(default=0.03, gt=0)
    """Adam; constant for the first half of the steps, then linear to 0."""
    steps: int = shape(3000, ge=2)
    """Optimiser steps of the training that comes before any intervention."""
    phase_steps: int = shape(1000, ge=2)
    """Steps of each phase of an intervention; strengths move linearly over their first half."""
    release_steps: int = shape(3000, ge=2)
    """Steps after the penalty is taken away."""
    looks: int = shape(5, ge=1)
    """Evenly spaced checkpoints of each phase before the release."""
    strength: float = Field(default=0.0, ge=0, json_schema_extra={"units": "loss"})
    """lambda_f of the penalty lambda_f sum_i C_i (1 - C_i)."""
    ramp: Literal["up", "down"] = "up"
    """Whether the strength is reached from 0 or from `ceiling`."""
    ceiling: float = Field(default=40.0, ge=0, json_schema_extra={"units": "loss"})
    """The strength from which `down` comes."""
    weight_noise: float = Field(default=0.001, ge=0)
    """Standard deviation of the noise that is added to the weights when a phase begins."""
    release_noise: float = Field(default=0.001, ge=0)
    """The same when the penalty is taken away."""
    release_epsilon: float = shape(1e-8, gt=0)
    """Adam's epsilon from then on. Where gradients are far below it, the steps are those of
    gradient descent with momentum, at learning_rate / epsilon."""
    release_looks: int = shape(5, ge=1)
    """Evenly spaced checkpoints of the release."""
    ranking: Literal["marginal_return", "benefit", "random"] = "marginal_return"
    """By what the least useful feature is removed."""
    rounds: int = shape(10, ge=1)
    """Features that are removed, or penalised, one after another."""
    architecture: Literal["quadratic", "square", "relu", "gelu", "tied_relu"] = shape("quadratic")
    """`quadratic`: the toy model on its exact loss. `square`, `relu`, `gelu`: a layer with that
    non-linearity and a linear readout of the same target. `tied_relu`: relu(W W^T x + b) of x."""
    feature_probability: float = Field(default=0.1, gt=0, le=1)
    """Probability that a feature is active (sampled networks)."""
    batch: int = shape(256, ge=1)
    """Samples per step."""
    evaluation_samples: int = shape(16384, ge=2)
    """Samples of the evaluation set."""
    depth: int = shape(3, ge=2)
    """Hidden layers of a deeper network."""


class Fit(Section):
    """How each layer of a deeper network embeds the features."""

    probe_samples: int = shape(8192, ge=2)
    """Samples on which embeddings and marginal returns of a layer are estimated."""


class Measure(Section):
    """What counts as ignored, shared, dedicated, and as a block."""

    case: str = "A"
    """A point of the phase diagram whose curves are drawn: a key of `cases`."""
    cases: dict[str, list[float]] = {}
    """Case to [kurtosis, v_2 / v_1]."""
    ignored_below: float = Field(default=0.05, ge=0, lt=1)
    """Capacity below which a feature is not represented."""
    dedicated_above: float = Field(default=0.95, gt=0, le=1)
    """Capacity above which a feature has a dimension to itself; between the two it is shared."""
    block_tolerance: float = Field(default=0.003, gt=0)
    """Gap of eigenvalues, relative to the largest, that separates two blocks."""
    block_cosine: float = Field(default=0.25, gt=0, lt=1)
    """|cos| above which two features are in one block (sampled networks)."""
    starts: int = Field(default=10, ge=1)
    """Random starts of the search for the direction of largest marginal return."""


class Params(StudyParams):
    """The study `capacity`."""

    CHAIN: ClassVar = {"train": (), "fit": ("train",), "measure": ("train", "fit")}
    REHEARSAL: ClassVar = {
        "train": {
            "steps": 10,
            "phase_steps": 5,
            "release_steps": 5,
            "rounds": 2,
            "evaluation_samples": 512,
        },
        "fit": {"probe_samples": 256},
    }
    FIGURES: ClassVar = (
        "returns",
        "phase",
        "allocation",
        "blocks",
        "directions",
        "hysteresis",
        "flattening",
        "release",
        "one_at_a_time",
        "masking",
        "architectures",
        "block_sizes",
        "layers",
    )
    train: Train = Train()
    fit: Fit = Fit()
    measure: Measure = Measure()

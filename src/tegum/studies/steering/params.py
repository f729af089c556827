"""Parameters: a linear world of sparse features, probes and steering vectors in it, controls."""

from typing import ClassVar, Literal

from pydantic import Field

from tegum.experiment.params import Section, StudyParams, shape


class Fit(Section):
    """Activations x = V^T f, least-squares probes, steering vectors and their effects."""

    n_features: int = Field(default=32, ge=2)
    """G."""
    n_inputs: int = Field(default=64, ge=2)
    """d, the dimensions of the activations."""
    feature_probability: float = Field(default=0.05, gt=0, lt=1)
    """Probability that a feature is active."""
    magnitude_deviation: float = Field(default=0.2, ge=0)
    """Standard deviation of an active feature, in units of its mean."""
    amplitude_spread: float = Field(default=0.0, ge=0)
    """Standard deviation over the features of the logarithm of that mean."""
    common_weight: float = Field(default=0.0, ge=0, lt=1)
    """rho, the squared weight of one direction that all representation vectors share."""
    correlation: float = Field(default=0.0, ge=0, le=1)
    """Probability that the second feature of a pair copies the activity of the first."""
    samples: int = Field(default=10000, ge=2)
    """Samples that probes and steering vectors are fitted on."""
    held_out: int = Field(default=4096, ge=2)
    """Fresh samples for the probes' R^2."""
    ridge: float = Field(default=1.0, gt=0)
    """Strength of the ridge probe, in units of the mean variance of a dimension."""
    steered: int = shape(16, ge=1)
    """Features that are steered: the first ones."""
    probed: int = Field(default=4, ge=1)
    """Held-out samples on which each steering vector is added and re-encoded."""
    penalty: float = Field(default=0.03, gt=0)
    """L1 strength of the re-encoding (non-negative sparse coding with the true vectors)."""
    encoder_steps: int = Field(default=150, ge=1)
    """Steps of the re-encoding."""
    n_logits: int = Field(default=512, ge=2)
    """Rows of the random unembedding."""


class Control(Section):
    """What is destroyed; sizes and streams are those of `fit`."""

    controls: list[Literal["random", "permuted", "shuffled"]] = shape(
        ["random", "permuted", "shuffled"]
    )
    """Random directions of equal norm; the vector of another feature; labels of other samples."""
    vectors: list[Literal["probe", "surgical"]] = shape(["probe", "surgical"])
    """Steering vectors that are controlled."""


class Params(StudyParams):
    """The study `steering`."""

    CHAIN: ClassVar = {"fit": (), "control": ("fit",), "measure": ("fit", "control")}
    REHEARSAL: ClassVar = {
        "fit": {"samples": 2048, "held_out": 512, "steered": 4, "probed": 1, "encoder_steps": 5},
        "control": {},
    }
    fit: Fit = Fit()
    control: Control = Control()

"""Parameters: two-layer models of sparse features, dictionaries on them, thresholds."""

from typing import ClassVar, Literal

from pydantic import Field

from tegum.dictionaries.sections import DictionarySection, L1Section, TopKSection
from tegum.experiment.params import Section, StudyParams, shape


class Train(Section):
    """Two-layer models y = L2 act(L1 P f + b) of features f."""

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
    task: Literal["decoder", "random_projection", "absolute_value"] = shape("decoder")
    """Targets: the features, another random projection of them, or their absolute values."""
    activation: Literal["relu", "gelu", "solu"] = shape("relu")
    """Non-linearity of the hidden layer."""
    bias_offset: float = 0.0
    """Added to the default initial bias; in units of a feature's amplitude."""
    bias_decay_efolds: float = Field(default=0.0, ge=0)
    """By how many factors of e every bias is shrunk over the first half of the steps."""
    bias_decay_reference: float | None = None
    """Learning rate at which `bias_decay_efolds` is meant; at others it grows in proportion, as
    in the published code, where decay and learning rate are coupled. None: the same at all."""
    learning_rate: float = Field(default=0.003, gt=0)
    """Base learning rate, before the schedule."""
    optimiser: Literal["adam", "lamb"] = shape("adam")
    """LAMB is the published one; its norm clamp makes it depend on the model's size."""
    schedule: Literal["constant", "linear_decay_second_half", "cosine", "periodic_cosine"] = shape(
        "linear_decay_second_half"
    )
    """Learning-rate schedule."""
    half_period: int = shape(192, ge=1)
    """Steps from peak to trough of `periodic_cosine`."""
    steps: int = shape(3072, ge=2)
    """Optimiser steps."""
    batch: int = shape(256, ge=1)
    """Samples per step."""
    l1_hidden: float = Field(default=0.0, ge=0)
    """Strength of the penalty on the summed hidden activations."""
    l1_output: float = Field(default=0.0, ge=0)
    """Strength of the penalty on the summed outputs (with `l1_hidden`: the Lasso question)."""
    input_noise: float = Field(default=0.0, ge=0, json_schema_extra={"units": "sigma_I"})
    """Gaussian noise on the inputs while training, in units of the interference sigma_I."""
    noise_share: float = shape(1.0, ge=0, le=1)
    """Share of the steps, from the first on, that have the noise."""
    evaluation_samples: int = shape(4096, ge=2)
    """Samples of the clean evaluation set."""
    first_checkpoint: int = shape(6, ge=0)
    """Checkpoints are after the first update, after all, and after all halved again and again
    while at least 2 to this power remain."""
    keep_weights: bool = shape(False)
    """Whether the final weights are stored, for dictionaries and linear maps."""


class Fit(DictionarySection):
    """Sparse autoencoders on inputs and on hidden pre-activations of the trained models."""

    sites: list[Literal["input", "hidden"]] = shape(["input", "hidden"])
    """Where dictionaries are fitted: the inputs P f, the pre-activations L1 P f + b."""
    latents: int = shape(64, ge=1)
    """Size of a dictionary."""
    dictionary_learning_rate: float = Field(default=0.003, gt=0)
    """Adam's base learning rate."""
    samples: int = shape(8192, ge=2)
    """Activations to fit on."""
    held_out: int = shape(4096, ge=2)
    """Fresh samples to measure on."""


class FitTopK(TopKSection, Fit):
    """TopK dictionaries."""


class FitL1(L1Section, Fit):
    """L1 dictionaries."""


class Control(Section):
    """The dictionaries of `fit` where one kind of structure is destroyed."""

    controls: list[Literal["untrained", "permuted", "gaussian"]] = [
        "untrained",
        "permuted",
        "gaussian",
    ]
    """Fresh weights; each dimension permuted over samples; Gaussian of equal covariance."""


class Measure(Section):
    """What counts as monosemantic."""

    thresholds: list[float] = [0.9, 0.99, 0.999]
    """Selectivity above which a neuron is monosemantic; 0.999 is the published one."""
    noise_probe: float = Field(default=0.5, ge=0)
    """Noise, in units of sigma_I, to which kept models' neurons are exposed."""


class Params(StudyParams):
    """The study `monosemanticity`."""

    REHEARSAL: ClassVar = {
        "control": {},
        "train": {
            "steps": 8,
            "half_period": 4,
            "first_checkpoint": 2,
            "batch": 64,
            "evaluation_samples": 512,
        },
        "fit": {
            "dictionary_steps": 8,
            "dictionary_batch": 32,
            "samples": 256,
            "held_out": 256,
        },
    }
    train: Train = Train()
    fit: FitTopK | FitL1 = Field(FitTopK(), discriminator="architecture")
    control: Control = Control()
    measure: Measure = Measure()

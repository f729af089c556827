"""Parameters: models that differ in what follows the bottleneck; dictionaries on activations."""

from typing import ClassVar, Literal

from pydantic import Field

from tegum.dictionaries.sections import TopKSection
from tegum.experiment.params import Section, StudyParams, shape


class Train(Section):
    """Models of sparse features with a linear, a ReLU or a softmax readout."""

    encoder: Literal["linear", "hidden"] = shape("linear")
    """h = W x; or one hidden GELU layer, whose output feeds only the readout."""
    readout: Literal["linear", "relu", "softmax"] = "relu"
    """What follows. Of a linear encoder, `linear` and `relu` are tied and trained on the squared
    error of x, `softmax` is untied and trained on the cross-entropy with x / sum x. Of a hidden
    layer, `linear` is trained on the squared error of x / sum x."""
    data: Literal["independent", "quadrature", "subsets"] = shape("independent")
    """Features that are Bernoulli times U(0, 1), sampled or by Gauss-Legendre quadrature; or
    exactly `n_active` at a time."""
    n_features: int = shape(20, ge=2)
    """n."""
    n_dimensions: int = Field(default=5, ge=1)
    """m, the dimensions of h."""
    padded_dimensions: int = shape(0, ge=0)
    """Dimensions of the arrays of softmax models, so that models of several m train together: those
    beyond m start at 0, where their gradients are 0 as well. At 0 there are none."""
    feature_probability: float = Field(default=0.1, gt=0, le=1)
    """p, the probability that an independent feature is active."""
    n_active: int = shape(1, ge=1)
    """k, features that are active at a time (`subsets`)."""
    magnitudes: bool = shape(False)
    """Whether these are uniform on (0, 1] instead of 1."""
    with_bias: bool = True
    """Whether a softmax readout has a bias; the others always do."""
    initial_scale: float = Field(default=0.15, gt=0)
    """Standard deviation of a tied model's initial embeddings; softmax models start from
    1 / sqrt(m)."""
    nodes: int = shape(4, ge=1)
    """Quadrature nodes per active feature."""
    max_active: int = shape(3, ge=1)
    """Quadrature leaves out points with more active features."""
    learning_rate: float = Field(default=0.01, gt=0)
    """Adam's base learning rate; its schedule is a cosine that ends at 0."""
    weight_decay: float = shape(0.0, ge=0)
    """Decoupled; with the steps it bounds the norms before a softmax."""
    steps: int = shape(1000, ge=2)
    """Optimiser steps."""
    batch: int = shape(256, ge=1)
    """Samples per step; all subsets where there are no more."""


class Fit(TopKSection):
    """TopK dictionaries on activations."""

    dataset: Literal["orthonormal", "superposed", "hidden"] = "orthonormal"
    """Sparse features on as many orthonormal directions as dimensions; on `crowding` times as many
    random unit directions; or the hidden layers of the trained models."""
    n_inputs: int = shape(32, ge=2)
    """d, dimensions of the synthetic activations."""
    crowding: int = shape(4, ge=2)
    """G / d of the superposed features."""
    features_active: int = shape(3, ge=1)
    """Synthetic features that are active at a time."""
    samples: int = shape(8192, ge=2)
    """Samples that a dictionary is fitted to."""
    expansion: int = shape(1, ge=1)
    """e, latents per dimension."""
    dictionary_learning_rate: float = Field(default=0.01, gt=0)
    """Adam's base learning rate."""


class Control(Section):
    """What the dictionaries are fitted to instead; sizes and streams are those of `fit`."""

    controls: list[Literal["gaussian"]] = shape(["gaussian"])
    """Gaussian samples of the same mean and covariance."""


class Measure(Section):
    """How the models are evaluated."""

    evaluation_samples: int = Field(default=16384, ge=2)
    """Fresh samples of a loss that is not known exactly; all subsets where there are no more."""
    angle_bins: int = Field(default=18, ge=2)
    """Bins of the histogram of the angles between embeddings, from 0 to 180 degrees."""


class Params(StudyParams):
    """The study `readout`."""

    CHAIN: ClassVar = {
        "train": (),
        "fit": ("train",),
        "control": ("train", "fit"),
        "measure": ("train", "fit", "control"),
    }
    REHEARSAL: ClassVar = {
        "train": {"steps": 4, "batch": 64},
        "fit": {
            "expansion": 2,
            "samples": 512,
            "held_out": 128,
            "dictionary_steps": 4,
            "dictionary_batch": 64,
        },
        "control": {},
    }
    FIGURES: ClassVar = ("loss", "divergence", "gram", "angles", "expansion", "recovered")
    train: Train = Train()
    fit: Fit = Fit()
    control: Control = Control()
    measure: Measure = Measure()

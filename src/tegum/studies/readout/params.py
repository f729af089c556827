"""Parameters: models that differ in what follows the bottleneck; dictionaries on activations."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from tegum.dictionaries.sections import TopKSection
from tegum.experiment.params import Section, StudyParams, shape


class Train(Section):
    """Models of sparse features: what all of them have."""

    n_features: int = shape(20, ge=2)
    """n."""
    n_dimensions: int = Field(default=5, ge=1)
    """m, the dimensions of h."""
    n_active: int = shape(1, ge=1)
    """k: where features come in sets, how many are active at a time."""
    magnitudes: bool = shape(False)
    """Whether the active features of a set are uniform on (0, 1] instead of 1."""
    learning_rate: float = Field(default=0.01, gt=0)
    """Adam's base learning rate; its schedule is a cosine that ends at 0."""
    steps: int = shape(1000, ge=2)
    """Optimiser steps."""
    batch: int = shape(256, ge=1)
    """Samples per step; all sets where there are no more."""

    @model_validator(mode="after")
    def _has_enough(self) -> Self:
        if self.n_active > self.n_features:
            raise ValueError(
                f"n_active: {self.n_active} of n_features: {self.n_features} cannot be active; "
                "give fewer"
            )
        return self


class Tied(Train):
    """h = W x, read by W^T h + b, through a ReLU or not; trained on the squared error of x."""

    model: Literal["tied"] = "tied"
    readout: Literal["linear", "relu"] = shape("relu")
    """What follows."""
    data: Literal["independent", "quadrature", "subsets"] = shape("independent")
    """Features that are Bernoulli times U(0, 1), sampled or by Gauss-Legendre quadrature; or
    exactly `n_active` at a time."""
    feature_probability: float = Field(default=0.1, gt=0, le=1)
    """p, the probability that an independent feature is active. The squared error is divided by it,
    so that gradients are of equal size at every sparsity."""
    nodes: int = shape(4, ge=1)
    """Quadrature nodes per active feature."""
    max_active: int = shape(3, ge=1)
    """Quadrature leaves out points with more active features."""
    initial_scale: float = Field(default=0.15, gt=0)
    """Standard deviation of the initial embeddings."""

    def resolved(self) -> Self:
        """Samples know no nodes, quadrature no batches, independent features no sets."""
        unread = {
            "independent": ("nodes", "max_active", "n_active", "magnitudes"),
            "quadrature": ("batch", "n_active", "magnitudes"),
            "subsets": ("nodes", "max_active"),
        }
        fields = type(self).model_fields
        return self.model_copy(update={n: fields[n].default for n in unread[self.data]})


class Softmax(Train):
    """h = W x before a softmax of U h + b; trained on the cross-entropy with x / sum x."""

    model: Literal["softmax"] = "softmax"
    padded_dimensions: int = shape(0, ge=0)
    """Dimensions of the arrays, so that models of several m train together: those beyond m start
    at 0, where their gradients are 0 as well. At 0 there are none."""
    with_bias: bool = True
    """Whether there is b."""
    weight_decay: float = shape(0.01, ge=0)
    """Decoupled; with the steps it bounds the norms, which no finite loss does."""


class Hidden(Train):
    """One hidden GELU layer of m neurons, whose output feeds only the readout."""

    model: Literal["hidden"] = "hidden"
    readout: Literal["linear", "softmax"] = shape("softmax")
    """What follows: `linear` is trained on the squared error of x / sum x, `softmax` on the
    cross-entropy with it."""


class Fit(TopKSection):
    """TopK dictionaries on activations."""

    samples: int = shape(8192, ge=2)
    """Samples that a dictionary is fitted to."""
    held_out: int = shape(4096, ge=2)
    """Fresh samples to measure on."""
    expansion: int = shape(1, ge=1)
    """e, latents per dimension."""
    dictionary_learning_rate: float = Field(default=0.01, gt=0)
    """Adam's base learning rate."""


class FitSynthetic(Fit):
    """Dictionaries on sparse features along known directions."""

    KIND: ClassVar = "synthetic"
    dataset: Literal["orthonormal", "superposed"] = "orthonormal"
    """As many orthonormal directions as dimensions, or `crowding` times as many random ones."""
    n_inputs: int = shape(32, ge=2)
    """d, the dimensions."""
    crowding: int = shape(4, ge=2)
    """G / d of the superposed features."""
    features_active: int = shape(3, ge=1)
    """Features that are active at a time."""

    def resolved(self) -> Self:
        """Orthonormal directions are not crowded."""
        if self.dataset == "superposed":
            return self
        default = type(self).model_fields["crowding"].default
        return self.model_copy(update={"crowding": default})


class FitHidden(Fit):
    """Dictionaries on the hidden layers of the trained models."""

    dataset: Literal["hidden"] = "hidden"


class Control(Section):
    """What the dictionaries are fitted to instead; sizes and streams are those of `fit`."""

    controls: list[Literal["gaussian"]] = shape(["gaussian"])
    """Gaussian samples of the same mean and covariance."""


class MeasureDictionaries(Section):
    """How dictionaries explain and serve; there is nothing to set."""

    what: Literal["dictionaries"] = "dictionaries"


class MeasureModels(Section):
    """How models are evaluated."""

    evaluation_samples: int = Field(default=16384, ge=2)
    """Fresh samples of a loss that is not known exactly; all sets where there are no more."""
    angle_bins: int = Field(default=18, ge=2)
    """Bins of the histogram of the angles between embeddings, from 0 to 180 degrees."""


class MeasureTied(MeasureModels):
    """Squared errors beside the bound of principal components."""

    what: Literal["tied"] = "tied"


class MeasureSoftmax(MeasureModels):
    """Divergence and recall, and the geometry of the readouts."""

    what: Literal["softmax"] = "softmax"


class Params(StudyParams):
    """The study `readout`."""

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
    train: Tied | Softmax | Hidden = Field(Tied(), discriminator="model")
    fit: FitSynthetic | FitHidden = Field(FitSynthetic(), discriminator="dataset")
    control: Control = Control()
    measure: MeasureDictionaries | MeasureTied | MeasureSoftmax = Field(
        MeasureDictionaries(), discriminator="what"
    )

"""Parameters: toy models of superposition, and what is measured on them."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from tegum.experiment.params import Compilable, Section, StudyParams, shape


class Train(Section):
    """Models of sparse features: what all of them have."""

    n_features: int = shape(20, ge=2)
    """n."""
    feature_probability: float = Field(default=0.1, gt=0, le=1)
    """Probability that a feature (with `correlation`: its set) is active."""
    relative_probability: float = Field(default=1.0, gt=0)
    """Probability of the first feature over that of the others."""
    importance_decay: float = Field(default=1.0, gt=0, le=1)
    """Importance of feature i is this to the power i."""
    importance_ratio: float = Field(default=1.0, gt=0)
    """Importance of the last feature, the extra one, over that of the first."""
    initial_scale: float = Field(default=0.15, gt=0)
    """Standard deviation of the Gaussian initial weights."""
    learning_rate: float = Field(default=0.01, gt=0)
    """Adam's base learning rate."""
    schedule: Literal["constant", "cosine"] = shape("cosine")
    """Learning-rate schedule; the cosine ends at 0."""
    steps: int = shape(2000, ge=2)
    """Optimiser steps."""
    batch: int = shape(512, ge=1)
    """Samples per step."""
    evaluation_batches: int = shape(32, ge=1)
    """Batches of the evaluation loss."""


class Tied(Train, Compilable):
    """Tied autoencoders x' = W^T W x + b, through a ReLU or not."""

    KIND: ClassVar = "tied"
    model: Literal["relu", "linear"] = shape("relu")
    """What the output goes through."""
    n_dimensions: int = shape(5, ge=1)
    """m, the dimensions into which the features are embedded."""
    correlation: Literal["independent", "correlated", "anticorrelated"] = shape("independent")
    """Whether the features of a set are active together, or never two of them."""
    set_size: int = shape(1, ge=1)
    """Consecutive features that form a set."""
    with_bias: bool = shape(True)
    """Whether the output has a bias."""
    start: Literal["random", "pentagon", "digons"] = "random"
    """Initial weights around 0, or around a geometry of five features in two dimensions."""
    l1_hidden: float = Field(default=0.0, ge=0)
    """Strength of the penalty on the summed |h|."""
    data: Literal["samples", "quadrature"] = shape("samples")
    """Random batches, or the exact loss by Gauss-Legendre quadrature, which has no batches."""
    nodes: int = shape(6, ge=1)
    """Quadrature nodes per active feature."""
    max_active: int = shape(3, ge=1)
    """Quadrature leaves out points with more active features."""
    restart: int = Field(default=0, ge=0)
    """Number of a restart: another initial model that sees the same batches."""
    checkpoints: int = shape(1, ge=1)
    """Number of steps at which a run is recorded, the last one included."""
    spacing: Literal["log", "linear"] = shape("log")
    """How those steps are spaced."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        size = (self.n_features, self.n_dimensions)
        if self.start != "random" and size != (5, 2):
            raise ValueError(
                f"start: {self.start} is a geometry of n_features: 5 in n_dimensions: 2, found "
                f"{size[0]} in {size[1]}"
            )
        if self.n_features % self.set_size:
            raise ValueError(
                f"n_features: {self.n_features} cannot form sets of set_size: {self.set_size}; "
                "give one that divides it"
            )
        if self.data == "quadrature" and self.correlation != "independent":
            raise ValueError(
                f"data: quadrature knows no correlation: {self.correlation}; use data: samples"
            )
        return self

    def resolved(self) -> Self:
        """Samples know no nodes, quadrature no batches."""
        unread = {"samples": ("nodes", "max_active"), "quadrature": ("batch", "evaluation_batches")}
        fields = type(self).model_fields
        return self.model_copy(update={n: fields[n].default for n in unread[self.data]})


class Hidden(Train):
    """Models with hidden ReLU neurons."""

    KIND: ClassVar = "hidden"
    model: Literal["absolute_value", "hidden_relu"] = shape("absolute_value")
    """What they compute: |x| of signed features, or, with tied weights, the identity."""
    width: int = shape(20, ge=1)
    """m, the number of neurons."""
    restarts: int = shape(1, ge=1)
    """Models that a cell trains on the same batches; the best one is kept."""
    warm_probability: float = Field(default=0.0, ge=0, le=1)
    """Feature probability in the first half of the steps; 0 for that of the second half."""


class Attacked(Train):
    """Tied ReLU autoencoders of independent features that are trained on attacked inputs."""

    KIND: ClassVar = "attacked"
    correlation: ClassVar = "independent"
    set_size: ClassVar = 1
    model: Literal["attacked"] = shape("attacked")
    n_dimensions: int = shape(5, ge=1)
    """m, the dimensions into which the features are embedded."""
    attack: Literal["worst", "random"] = shape("worst")
    """The most harmful of the directions (W^T W)_i, of either sign, or a random direction."""
    training_budget: float = Field(default=0.0, ge=0)
    """L2 norm of an attack while training over the mean norm of the inputs."""
    attack_growth: float = Field(default=0.5, ge=0, le=0.5)
    """Share of the steps over which attacks grow from 0 to that: small initial weights under large
    attacks end with all outputs silent."""

    @model_validator(mode="after")
    def _equal(self) -> Self:
        if (self.importance_decay, self.importance_ratio) != (1.0, 1.0):
            raise ValueError(
                "model: attacked is measured at equal importances; leave importance_decay and "
                f"importance_ratio at 1, found {self.importance_decay:g} and "
                f"{self.importance_ratio:g}"
            )
        return self


class Represented(Section):
    """What counts as represented, and as neighbours, in every tied model."""

    represented_norm: float = Field(default=0.5, gt=0)
    """Norm of its embedding above which a feature is represented."""
    neighbour_cosine: float = Field(default=0.1, gt=0, lt=1)
    """|What_i . What_j| above which two features are neighbours in a component's graph."""


class Plain(Represented):
    """Norms, dimensionalities and losses of tied models, which the next five have as well."""

    what: Literal["tied"] = "tied"


class Geometry(Represented):
    """Polytopes of the components, and adversarial vulnerability."""

    what: Literal["geometry"] = "geometry"
    polytope_tolerance: float = Field(default=0.1, gt=0)
    """Largest deviation of a component's sorted cosines from a polytope's."""
    attack_budget: float = Field(default=0.1, gt=0)
    """L2 norm of an attack over the mean norm of the inputs."""
    attack_samples: int = Field(default=256, ge=1)
    """Inputs that are attacked."""


class UnderAttack(Represented):
    """What attacks do to models that were trained on attacked inputs."""

    what: Literal["attacked"] = "attacked"
    attack_budget: float = Field(default=0.1, gt=0)
    """L2 norm of an attack over the mean norm of the inputs, of the vulnerability."""
    attack_samples: int = Field(default=256, ge=1)
    """Inputs that are attacked."""


class Phase(Represented):
    """Classes of the phase diagrams of two features in one dimension, or of three in two."""

    what: Literal["phase"] = "phase"


class Sets(Represented):
    """Angles between features."""

    what: Literal["sets"] = "sets"


class Exact(Represented):
    """Exact losses, of few features."""

    what: Literal["exact"] = "exact"


class Neurons(Section):
    """What hidden neurons serve; there is nothing to set."""

    what: Literal["hidden"] = "hidden"


class Params(StudyParams):
    """The study `toy_superposition`."""

    REHEARSAL: ClassVar = {
        "train": {"steps": 20, "checkpoints": 4, "evaluation_batches": 1, "restarts": 8}
    }
    train: Tied | Hidden | Attacked = Field(Tied(), discriminator="model")
    measure: Plain | Geometry | UnderAttack | Phase | Sets | Exact | Neurons = Field(
        Plain(), discriminator="what"
    )

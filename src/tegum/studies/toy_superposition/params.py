"""Parameters: toy models of superposition, and what is measured on them."""

from typing import ClassVar, Literal

from pydantic import Field

from tegum.experiment.params import Section, StudyParams, shape


class Train(Section):
    """Models of sparse features."""

    model: Literal["linear", "relu", "absolute_value", "hidden_relu"] = shape("relu")
    """Tied autoencoders x' = W^T W x + b, through a ReLU or not; models with hidden ReLU neurons
    that compute |x| of signed features, or, with tied weights, the identity."""
    n_features: int = shape(20, ge=2)
    """n."""
    n_dimensions: int = shape(5, ge=1)
    """m, the dimensions into which the features are embedded."""
    feature_probability: float = Field(default=0.1, gt=0, le=1)
    """Probability that a feature (with `correlation`: its set) is active."""
    relative_probability: float = Field(default=1.0, gt=0)
    """Probability of the first feature over that of the others."""
    correlation: Literal["independent", "correlated", "anticorrelated"] = shape("independent")
    """Whether the features of a set are active together, or never two of them."""
    set_size: int = shape(1, ge=1)
    """Consecutive features that form a set."""
    importance_decay: float = Field(default=1.0, gt=0, le=1)
    """Importance of feature i is this to the power i."""
    importance_ratio: float = Field(default=1.0, gt=0)
    """Importance of the last feature, the extra one, over that of the first."""
    with_bias: bool = shape(True)
    """Whether the output has a bias."""
    start: Literal["random", "pentagon", "digons"] = "random"
    """Gaussian initial weights, alone or around a geometry of five features in two dimensions."""
    initial_scale: float = Field(default=0.15, gt=0)
    """Standard deviation of that Gaussian."""
    l1_hidden: float = Field(default=0.0, ge=0)
    """Strength of the penalty on the summed |h|."""
    data: Literal["samples", "quadrature"] = shape("samples")
    """Random batches, or the exact loss by Gauss-Legendre quadrature."""
    nodes: int = shape(6, ge=1)
    """Quadrature nodes per active feature."""
    max_active: int = shape(3, ge=1)
    """Quadrature leaves out points with more active features."""
    learning_rate: float = Field(default=0.01, gt=0)
    """Adam's base learning rate."""
    schedule: Literal["constant", "cosine"] = shape("cosine")
    """Learning-rate schedule; the cosine ends at 0."""
    steps: int = shape(2000, ge=2)
    """Optimiser steps."""
    batch: int = shape(512, ge=1)
    """Samples per step."""
    width: int = shape(20, ge=1)
    """m of the models with hidden neurons, their number."""
    restarts: int = shape(1, ge=1)
    """Models with hidden neurons that a cell trains on the same batches; the best one is kept."""
    warm_probability: float = Field(default=0.0, ge=0, le=1)
    """Models with hidden neurons: feature probability in the first half of the steps; 0 for that
    of the second half."""
    restart: int = Field(default=0, ge=0)
    """Number of a restart: another initial model that sees the same batches."""
    checkpoints: int = shape(1, ge=1)
    """Number of steps at which a run is recorded, the last one included."""
    spacing: Literal["log", "linear"] = shape("log")
    """How those steps are spaced."""
    evaluation_batches: int = shape(32, ge=1)
    """Batches of the evaluation loss; with quadrature it is exact."""


class Measure(Section):
    """What counts as represented, as neighbours, as an attack."""

    represented_norm: float = Field(default=0.5, gt=0)
    """Norm of its embedding above which a feature is represented."""
    neighbour_cosine: float = Field(default=0.1, gt=0, lt=1)
    """|What_i . What_j| above which two features are neighbours in a component's graph."""
    polytope_tolerance: float = Field(default=0.1, gt=0)
    """Largest deviation of a component's sorted cosines from a polytope's."""
    extra: list[Literal["polytopes", "attack", "phase", "sets", "exact"]] = []
    """What is measured beside norms, dimensionalities and losses: polytopes of the components,
    adversarial vulnerability, classes of the phase diagram, angles of sets, exact losses."""
    attack_budget: float = Field(default=0.1, gt=0)
    """L2 norm of an attack over the mean norm of the inputs."""
    attack_samples: int = Field(default=256, ge=1)
    """Inputs that are attacked."""


class Params(StudyParams):
    """The study `toy_superposition`."""

    CHAIN: ClassVar = {"train": (), "measure": ("train",)}
    REHEARSAL: ClassVar = {
        "train": {"steps": 20, "checkpoints": 4, "evaluation_batches": 1, "restarts": 8},
    }
    FIGURES: ClassVar = (
        "gram",
        "norms",
        "decomposition",
        "penalty",
        "dimensions_per_feature",
        "geometry",
        "vulnerability",
        "dynamics",
        "phase",
        "perturbed_pentagon",
        "sets",
        "set_angles",
        "collapse",
        "neuron_stacks",
        "neurons_by_density",
        "absolute_value_minima",
        "hidden_relu_stacks",
        "hidden_relu",
    )
    train: Train = Train()
    measure: Measure = Measure()

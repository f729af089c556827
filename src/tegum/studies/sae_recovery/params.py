"""Parameters: worlds of known features, dictionaries on them, controls."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from tegum.dictionaries.sections import (
    BatchTopKSection,
    DictionarySection,
    GatedSection,
    JumpReLUSection,
    L1Section,
    MatchingPursuitSection,
    MatryoshkaSection,
    StandardSection,
    TopKSection,
)
from tegum.errors import TegumError
from tegum.experiment.params import Section, StudyParams, shape


class Generate(Section):
    """The truth: directions, probabilities and dependence of the features."""

    n_features: int = shape(64, ge=2)
    """G."""
    n_inputs: int = shape(16, ge=2)
    """d, the dimensions of the activations."""
    feature_probability: float = Field(default=0.03, gt=0, lt=1)
    """Probability that a feature is active (`toy_model`: that of the model's training); the mean
    over the roots with `hierarchy`, given the open gate with `subspaces`."""
    magnitude_deviation: float = Field(default=0.25, ge=0)
    """Standard deviation of an active feature, whose mean is 1; those of toy models are uniform."""


class Independent(Generate):
    """Independent features."""

    generator: Literal["independent"] = shape("independent")
    orthonormal: bool = False
    """Orthonormal directions instead of random ones; needs G <= d."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.orthonormal and self.n_features > self.n_inputs:
            raise ValueError(
                f"n_features: {self.n_features} directions cannot be orthonormal in n_inputs: "
                f"{self.n_inputs} dimensions; give no more features, or orthonormal: false"
            )
        return self


class Hierarchy(Generate):
    """Zipf probabilities with correlations and trees."""

    generator: Literal["hierarchy"] = shape("hierarchy")
    zipf_exponent: float = Field(default=0.5, ge=0)
    """The probability of root i is proportional to i to minus this."""
    factors: int = shape(8, ge=1)
    """Rank of the copula's correlation."""
    correlation: float = Field(default=0.1, ge=0, lt=1)
    """Share of the copula's variance that is common."""
    branching: int = Field(default=4, ge=0)
    """Children of each of the first roots."""
    n_trees: int = Field(default=32, ge=0)
    """Roots that have children."""
    child_share: float = Field(default=0.8, gt=0, le=1)
    """Probability that an active parent has an active child."""


class Subspaces(Generate):
    """A direct sum of subspaces."""

    generator: Literal["subspaces"] = shape("subspaces")
    n_subspaces: int = Field(default=4, ge=1)
    """Number of orthogonal subspaces, over which features are spread evenly."""
    gate_probability: float = Field(default=0.2, gt=0, le=1)
    """Probability that a subspace is active at all."""


class ToyModel(Generate):
    """The features of trained toy models (see `inputs`)."""

    generator: Literal["toy_model"] = shape("toy_model")


class Dictionaries(DictionarySection):
    """Dictionaries on the worlds' activations."""

    sparsities: dict[str, list[float]] = {
        "standard": [0.15, 0.5, 1.0],
        "l1": [0.15, 0.5, 1.0],
        "gated": [0.4, 1.2, 2.4],
        "jumprelu": [0.05, 0.2, 0.4],
        "topk": [4, 2, 1],
        "batchtopk": [4, 2, 1],
        "matryoshka": [4, 2, 1],
        "matching_pursuit": [4, 2, 1],
    }
    """By architecture, from dense to sparse: lambda, in units of an active feature, or k. A cell
    has its own as `penalty` or `k`."""
    latents: int = shape(64, ge=1)
    """n."""
    held_out: int = shape(4096, ge=2)
    """Fresh samples to measure on."""
    checked: int = Field(default=0, ge=0)
    """Of the held-out samples, how many are also coded by orthogonal matching pursuit, and on how
    many the invariance of the metrics is checked."""
    details: bool = shape(False)
    """Whether every latent's numbers and direction are kept."""

    def at(self, level: int) -> Self:
        """These parameters with the sparsity of one level, and none of the others.

        Raises:
            TegumError: where there is no such level.
        """
        values = self.sparsities.get(self.architecture, [])
        if level >= len(values):
            raise TegumError(
                f"params/sae_recovery.yaml: sparsities.{self.architecture} is {values}: "
                f"no level {level}; give more values, or a smaller level"
            )
        value = int(values[level]) if self.SPARSITY == "k" else values[level]
        return self.model_copy(update={"sparsities": {}, self.SPARSITY: value})


class Fit(Dictionaries):
    """The grid of dictionaries."""

    level: int = Field(default=1, ge=0)
    """Which of the `sparsities`."""
    learning_rate: float = Field(default=0.01, gt=0)
    """Adam's base learning rate."""
    checkpoints: int = shape(8, ge=1)
    """Evenly spaced steps at which recovery is looked at."""

    def resolved(self) -> Self:
        return self.at(self.level)


class Control(Dictionaries):
    """The same where something is destroyed or given; keep the rest equal to `fit`."""

    controls: list[Literal["random", "gaussian", "permuted", "frozen", "oracle"]] = ["random"]
    """Random directions with no fit; fits to Gaussian activations of equal covariance, to
    permuted dimensions; a frozen random decoder; the true directions with pursuit for codes."""
    at_level: int = Field(default=1, ge=0)
    """Which of the `sparsities`."""
    at_learning_rate: float = Field(default=0.01, gt=0)
    """Adam's base learning rate."""
    stored: int = Field(default=8192, ge=2)
    """Activations that are drawn, transformed and fitted to."""

    def resolved(self) -> Self:
        return self.at(self.at_level)


class FitStandard(StandardSection, Fit):
    """A fit of kind Standard."""


class FitL1(L1Section, Fit):
    """A fit of kind L1."""


class FitGated(GatedSection, Fit):
    """A fit of kind Gated."""


class FitJumpReLU(JumpReLUSection, Fit):
    """A fit of kind JumpReLU."""


class FitTopK(TopKSection, Fit):
    """A fit of kind TopK."""


class FitBatchTopK(BatchTopKSection, Fit):
    """A fit of kind BatchTopK."""


class FitMatryoshka(MatryoshkaSection, Fit):
    """A fit of kind Matryoshka."""


class FitMatchingPursuit(MatchingPursuitSection, Fit):
    """A fit of kind MatchingPursuit."""


class ControlStandard(StandardSection, Control):
    """Controls of kind Standard."""


class ControlL1(L1Section, Control):
    """Controls of kind L1."""


class ControlGated(GatedSection, Control):
    """Controls of kind Gated."""


class ControlJumpReLU(JumpReLUSection, Control):
    """Controls of kind JumpReLU."""


class ControlTopK(TopKSection, Control):
    """Controls of kind TopK."""


class ControlBatchTopK(BatchTopKSection, Control):
    """Controls of kind BatchTopK."""


class ControlMatryoshka(MatryoshkaSection, Control):
    """Controls of kind Matryoshka."""


class ControlMatchingPursuit(MatchingPursuitSection, Control):
    """Controls of kind MatchingPursuit."""


Fits = (
    FitStandard
    | FitL1
    | FitGated
    | FitJumpReLU
    | FitTopK
    | FitBatchTopK
    | FitMatryoshka
    | FitMatchingPursuit
)
Controls = (
    ControlStandard
    | ControlL1
    | ControlGated
    | ControlJumpReLU
    | ControlTopK
    | ControlBatchTopK
    | ControlMatryoshka
    | ControlMatchingPursuit
)
_SHORT = {"dictionary_steps": 4, "dictionary_batch": 64, "held_out": 256, "warm_up": 2}


class Params(StudyParams):
    """The study `sae_recovery`."""

    CHAIN: ClassVar = {
        "generate": (),
        "fit": ("generate",),
        "control": ("generate",),
        "measure": ("generate", "fit", "control"),
    }
    REHEARSAL: ClassVar = {
        "generate": {},
        "fit": _SHORT | {"checkpoints": 2},
        "control": _SHORT | {"stored": 512},
    }
    generate: Independent | Hierarchy | Subspaces | ToyModel = Field(
        Independent(), discriminator="generator"
    )
    fit: Fits = Field(FitTopK(), discriminator="architecture")
    control: Controls = Field(ControlTopK(), discriminator="architecture")

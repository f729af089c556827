"""Parameters: quadratic models on their exact loss, interventions on them, sampled networks."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from tegum.experiment.params import Section, StudyParams, shape


class Train(Section):
    """What all models have."""

    learning_rate: float = Field(default=0.03, gt=0)
    """Adam; constant for the first half of the steps, then linear to 0."""
    steps: int = shape(3000, ge=2)
    """Optimiser steps, before any intervention."""


class Phase(Train):
    """Quadratic models of two features in one dimension, v_1 = 1, one for each v_2."""

    task: Literal["phase"] = shape("phase")
    width: ClassVar[int] = 1
    """Dimensions that the features share."""
    kurtosis: float = Field(default=10.0, ge=1)
    """Fourth moment of a feature of variance 1."""
    ratio_points: int = shape(41, ge=1)
    """Number of log-spaced v_2 from 1 / ratio_reach to ratio_reach, along `ratio`."""
    ratio_reach: float = Field(default=10.0, gt=1)
    """Largest v_2 / v_1."""


class Features(Train):
    """Models of many features."""

    n_features: int = shape(30, ge=2)
    """N."""
    width: int = shape(8, ge=1)
    """d, neurons of a hidden layer: the dimensions of an embedding vector."""
    value_base: float = Field(default=0.93, gt=0, le=1)
    """Values v_i = value_base^i of the features, i from 0."""


class Quadratic(Features):
    """Quadratic models on their exact loss."""

    kurtosis: float = Field(default=10.0, ge=1)
    """Fourth moment of a feature of variance 1."""


class Allocate(Quadratic):
    """Quadratic models that are left alone."""

    task: Literal["allocate"] = shape("allocate")


class Intervention(Quadratic):
    """Quadratic models that are trained, and then trained on under an intervention."""

    phase_steps: int = shape(1000, ge=2)
    """Steps of each phase of an intervention; strengths move linearly over their first half."""
    weight_noise: float = Field(default=0.001, ge=0)
    """Standard deviation of the noise that is added to the weights when a phase begins."""


class Flatten(Intervention):
    """A penalty lambda_f sum_i C_i (1 - C_i) is ramped up or down, held and released."""

    task: Literal["flatten"] = shape("flatten")
    strength: float = Field(default=0.0, ge=0, json_schema_extra={"units": "loss"})
    """lambda_f."""
    ramp: Literal["up", "down"] = "up"
    """Whether the strength is reached from 0 or from `ceiling`."""
    ceiling: float = Field(default=40.0, ge=0, json_schema_extra={"units": "loss"})
    """The strength from which `down` comes."""
    looks: int = shape(5, ge=1)
    """Evenly spaced checkpoints of each phase before the release."""
    release_steps: int = shape(3000, ge=2)
    """Steps after the penalty is taken away."""
    release_noise: float = Field(default=0.001, ge=0)
    """Standard deviation of the noise that is added to the weights at the release."""
    release_epsilon: float = shape(1e-8, gt=0)
    """Adam's epsilon from then on. Where gradients are far below it, the steps are those of
    gradient descent with momentum, at learning_rate / epsilon."""
    release_looks: int = shape(5, ge=1)
    """Evenly spaced checkpoints of the release."""

    @model_validator(mode="after")
    def _comes_down(self) -> Self:
        if self.ramp == "down" and self.ceiling < self.strength:
            raise ValueError(
                f"ramp: down comes from ceiling: {self.ceiling:g}, which is below strength: "
                f"{self.strength:g}; raise the ceiling"
            )
        return self

    def resolved(self) -> Self:
        """A ramp up has no ceiling."""
        return self if self.ramp == "down" else self.model_copy(update={"ceiling": self.strength})


class FlattenOne(Intervention):
    """The penalty is laid on one feature after another."""

    task: Literal["flatten_one"] = shape("flatten_one")
    rounds: int = shape(10, ge=1)
    """Features that are penalised, one after another."""


class Mask(Intervention):
    """Features are removed from inputs and target, one after another."""

    task: Literal["mask"] = shape("mask")
    ranking: Literal["marginal_return", "benefit", "random"] = "marginal_return"
    """By what the least useful feature is removed."""
    rounds: int = shape(10, ge=1)
    """Features that are removed."""

    @model_validator(mode="after")
    def _leaves_some(self) -> Self:
        if self.rounds >= self.n_features:
            raise ValueError(
                f"rounds: {self.rounds} removals leave none of n_features: {self.n_features}; "
                "give fewer"
            )
        return self


class Sampled(Features):
    """Networks that are trained on samples of sparse features."""

    feature_probability: float = Field(default=0.1, gt=0, le=1)
    """Probability that a feature is active."""
    batch: int = shape(256, ge=1)
    """Samples per step."""
    evaluation_samples: int = shape(16384, ge=2)
    """Samples of the evaluation set."""


class Compare(Sampled):
    """Architectures beside each other."""

    task: Literal["compare"] = shape("compare")
    architecture: Literal["quadratic", "square", "relu", "gelu", "tied_relu"] = shape("quadratic")
    """`quadratic`: the toy model on its exact loss. `square`, `relu`, `gelu`: a layer with that
    non-linearity and a linear readout of the same target. `tied_relu`: relu(W W^T x + b) of x."""

    def resolved(self) -> Self:
        """An exact loss has no samples."""
        unread = {"batch": 1, "evaluation_samples": 2}
        return self.model_copy(update=unread) if self.architecture == "quadratic" else self


class Deep(Sampled):
    """Deeper ReLU networks that reconstruct the features."""

    task: Literal["deep"] = shape("deep")
    depth: int = shape(3, ge=2)
    """Hidden layers."""


class Fit(Section):
    """How each layer of a deeper network embeds the features."""

    probe_samples: int = shape(8192, ge=2)
    """Samples on which embeddings and marginal returns of a layer are estimated."""


class Limits(Section):
    """What counts as ignored, shared and dedicated."""

    ignored_below: float = Field(default=0.05, ge=0, lt=1)
    """Capacity below which a feature is not represented."""
    dedicated_above: float = Field(default=0.95, gt=0, le=1)
    """Capacity above which a feature has a dimension to itself; between the two it is shared."""

    @property
    def bounds(self) -> tuple[float, float]:
        """Both of them."""
        return self.ignored_below, self.dedicated_above


class MeasureInvariants(Section):
    """Random and constructed matrices; nothing is trained."""

    kind: Literal["invariants"] = "invariants"
    n_features: int = Field(default=12, ge=4)
    """Rows of a matrix."""
    width: int = Field(default=4, ge=3)
    """Columns of a matrix."""


class MeasureCurves(Section):
    """Marginal returns of two features by the closed form; nothing is trained."""

    kind: Literal["curves"] = "curves"
    case: str = ""
    """A point of the phase diagram: a key of `cases`; by default the first."""
    cases: dict[str, list[float]] = {"A": [1.5, 0.5]}
    """Case to [kurtosis, v_2 / v_1]."""

    @model_validator(mode="after")
    def _is_a_case(self) -> Self:
        if self.case and self.case not in self.cases:
            raise ValueError(f"case: {self.case!r} is not among cases: {list(self.cases)}; add it")
        return self


class MeasurePhase(Section):
    """Two features beside the closed form."""

    kind: Literal["phase"] = "phase"


class MeasureAllocate(Section):
    """Many features beside the water-filling."""

    kind: Literal["allocate"] = "allocate"
    block_tolerance: float = Field(default=0.003, gt=0)
    """Gap of eigenvalues, relative to the largest, that separates two blocks."""
    starts: int = Field(default=10, ge=1)
    """Random starts of the search for the direction of largest marginal return."""


class MeasureFlatten(Limits):
    """What flattening does along the way."""

    kind: Literal["flatten"] = "flatten"


class MeasureFlattenOne(Limits):
    """What flattening one feature after another does."""

    kind: Literal["flatten_one"] = "flatten_one"


class MeasureMask(Limits):
    """What masking does."""

    kind: Literal["mask"] = "mask"


class MeasureCompare(Limits):
    """What is shared, by architecture."""

    kind: Literal["compare"] = "compare"
    block_cosine: float = Field(default=0.25, gt=0, lt=1)
    """|cos| above which two features are in one block."""


class MeasureDeep(Limits):
    """What is shared, by layer."""

    kind: Literal["deep"] = "deep"


Computed = MeasureInvariants | MeasureCurves
Trained = MeasurePhase | MeasureAllocate | MeasureCompare | MeasureDeep
Changed = MeasureFlatten | MeasureFlattenOne | MeasureMask


class Params(StudyParams):
    """The study `capacity`."""

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
    train: Allocate | Phase | Flatten | FlattenOne | Mask | Compare | Deep = Field(
        Allocate(), discriminator="task"
    )
    fit: Fit = Fit()
    measure: Computed | Trained | Changed = Field(MeasureAllocate(), discriminator="kind")

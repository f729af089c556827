"""Parameters of `simplicity`: random functions, regions, minima of known and unknown degeneracy."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from tegum.experiment.params import Section, StudyParams


class Functions(Section):
    """Boolean functions of models with random parameters."""

    what: Literal["functions"] = "functions"
    architecture: Literal["perceptron", "relu", "tanh", "deep_relu", "polynomial", "lookup"] = (
        "relu"
    )
    """Whose parameters are drawn (`tegum.synthetic.functions`)."""
    n_bits: int = Field(default=7, ge=3, le=10)
    """Bits of an input."""
    width: int = Field(default=40, ge=1)
    """Neurons of a hidden layer."""
    weight_scale: float = Field(default=1.0, gt=0)
    """Standard deviation of weights, times the root of their fan-in."""
    bias_scale: float = Field(default=0.1, ge=0)
    """Standard deviation of biases."""
    functions: int = Field(default=10_000, ge=16)
    """How many are drawn."""
    frequent: int = Field(default=5, ge=1)
    """Draws from which on the probability of a function counts as measured."""
    simple: float = Field(default=35.0, gt=0, json_schema_extra={"units": "bits"})
    """Complexity up to which a function is simple."""
    far: float = Field(default=4.0, gt=0, json_schema_extra={"units": "bits"})
    """How far a function lies below the bound for the model to hate it."""
    ranks: int = Field(default=64, ge=1)
    """Functions that are kept, the most frequent first."""


class Region(Section):
    """A part of the unit square, and the bits that specify it."""

    what: Literal["region"] = "region"
    shape: Literal["square", "squares", "strip", "diagonal", "arc", "crossing"] = "square"
    """Of the region (`tegum.theory.regions`)."""
    halvings: int = Field(default=4, ge=1, le=40)
    """Its width is 1/2 to this power."""
    searched: int = Field(default=6, ge=0, le=7)
    """Most halvings at which all cells between powers of 2 are searched."""


class Normal(Section):
    """A normal crossing."""

    exponents: Literal["0-1", "1-1", "0-2", "1-2", "2-2"] = "0-1"
    """k1-k2 of f = w1^k1 w2^k2."""

    @property
    def powers(self) -> list[int]:
        """k1 and k2."""
        return [int(k) for k in self.exponents.split("-")]


class Limit(Normal):
    """The expected loss of a normal crossing as the number of samples grows, by integration."""

    what: Literal["limit"] = "limit"
    n_beta: float = Field(default=1e4, gt=1)
    """Samples times inverse temperature."""


class Chains(Section):
    """How a learning coefficient is estimated."""

    samples: int = Field(default=1000, ge=3)
    """n."""
    chains: int = Field(default=4, ge=2)
    """Of each minimum."""
    draws: int = Field(default=5000, ge=2)
    """Of each chain, after the burn-in."""
    burn_in: int = Field(default=1000, ge=0)
    """Draws that are left out."""
    step_size: float = Field(default=6e-4, gt=0)
    """Variance of the noise of a draw."""
    localisation: float = Field(default=1.0, gt=0)
    """Pull of a chain to its start."""


class Crossing(Normal, Chains):
    """y = f x, fitted to noise."""

    what: Literal["crossing"] = "crossing"
    noise: float = Field(default=0.25, gt=0)
    """Standard deviation of y."""
    input_scale: float = Field(default=2.0, gt=0)
    """Standard deviation of x."""


class Linear(Chains):
    """Linear networks of two layers or more, fitted to a linear map of some rank and unit noise."""

    what: Literal["linear"] = "linear"
    network: str = Field(default="5-3-5/1", pattern=r"^\d+(-\d+){2,}/\d+$")
    """Widths from input to output, and the rank of the truth."""
    start: Literal["truth", "fitted"] = "truth"
    """Where chains start: at the truth, or at the maximum of the likelihood."""

    @property
    def widths(self) -> list[int]:
        """From input to output."""
        return [int(w) for w in self.network.split("/")[0].split("-")]

    @property
    def rank(self) -> int:
        """Of the truth."""
        return int(self.network.split("/")[1])

    @model_validator(mode="after")
    def _has_room_for_the_truth(self) -> Self:
        if min(self.widths) < max(self.rank, 1):
            raise ValueError(
                f"network: {self.network} has a layer of {min(self.widths)}; it needs at least "
                f"the rank of the truth, {self.rank}, and 1"
            )
        return self


class Solutions(Chains):
    """Trained models of the study `monosemanticity`, on fresh data of theirs."""

    what: Literal["solutions"] = "solutions"
    step_size: float = Field(default=0.01, gt=0)
    """Variance of the noise of a draw, times n_beta curvature + localisation of the parameter."""
    localisation: float = Field(default=1000.0, gt=0)
    """Pull of a chain to its start."""
    samples: int = Field(default=4096, ge=3)
    """n."""
    bias_offset: float = 0.0
    """Which models: those trained from this initial bias."""
    batch: int = Field(default=128, ge=1)
    """Samples of a draw."""
    mono_threshold: float = Field(default=0.9, gt=0, lt=1)
    """Selectivity above which a neuron is monosemantic."""

    @model_validator(mode="after")
    def _batches_fill_the_data(self) -> Self:
        if self.samples % self.batch:
            raise ValueError(
                f"samples: {self.samples} is no multiple of batch: {self.batch}; give one that is"
            )
        return self


class Params(StudyParams):
    """All parameters of the study."""

    REHEARSAL: ClassVar = {}
    measure: Functions | Region | Limit | Crossing | Linear | Solutions = Field(
        Functions(), discriminator="what"
    )

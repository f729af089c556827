"""Parameters of the study `attention_matches`: score matrices that are built, and trained ones."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from tegum.experiment.params import Section, StudyParams, shape


class Train(Section):
    """Heads that learn which key matches the query."""

    n_matches: int = shape(16, ge=2)
    """Bigrams of which no feature stands in two."""
    n_features: int = shape(64, ge=4)
    """Features m."""
    n_inputs: int = shape(32, ge=2)
    """Dimensions d of the residual stream, in which features have random directions."""
    head: int = shape(16, ge=1)
    """Dimensions h of the head: the rank of its score matrix."""
    n_active: int = shape(3, ge=1)
    """Active features s of a key, and of the query."""
    n_keys: int = shape(8, ge=2)
    """Keys T."""
    frozen: bool = shape(False)
    """Whether the map of the keys keeps its random weights."""
    learning_rate: float = Field(default=0.02, gt=0)
    """Adam, constant for the first half of the steps, then linear to 0."""
    steps: int = shape(400, ge=1)
    """Optimiser steps."""
    batch: int = shape(64, ge=1)
    """Inputs per step."""

    @model_validator(mode="after")
    def _has_features(self) -> Self:
        if 2 * self.n_matches > self.n_features:
            raise ValueError(
                f"n_matches: {self.n_matches} need {2 * self.n_matches} features of their own, "
                f"n_features is {self.n_features}; give more"
            )
        return self


class MeasureBuilt(Section):
    """Score matrices that are sums over bigrams; nothing is trained."""

    kind: Literal["built"] = "built"
    construction: Literal["full", "projected", "truncated"] = "full"
    """`full`: the sum itself. `projected`: keys through a random projection to `head_limit`
    dimensions. `truncated`: the best approximation of that rank."""
    n_bigrams: int = Field(default=2000, ge=1)
    """Bigrams that the matrix holds."""
    n_features: int = Field(default=1000, ge=4)
    """Features m."""
    n_inputs: int = Field(default=256, ge=2)
    """Dimensions d of the residual stream."""
    head_limit: int = Field(default=64, ge=1)
    """Dimensions h of the head, where the construction has a limit."""
    n_active: int = Field(default=3, ge=1)
    """Active features s of a key, and of the query."""
    n_keys: int = Field(default=16, ge=2)
    """Keys T."""
    n_planted: int = Field(default=1, ge=1)
    """Keys that hold the planted match: with more than one there are ties."""
    shift: float = Field(default=0.3, gt=0)
    """Length of the mean direction that all features share in one of the controls."""
    samples: int = Field(default=400, ge=2)
    """Inputs."""
    betas: list[Annotated[float, Field(gt=0)]] = [1.0, 4.0, 16.0, 64.0, 256.0, 1024.0]
    """Inverse temperatures; temperature 0 is measured beside them."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.n_planted > self.n_keys:
            raise ValueError(f"n_planted: {self.n_planted} of n_keys: {self.n_keys}; give fewer")
        if self.n_bigrams > self.n_features * (self.n_features - 1):
            raise ValueError(
                f"n_bigrams: {self.n_bigrams} are more than pairs of n_features: "
                f"{self.n_features}; give fewer"
            )
        if self.construction != "full" and self.head_limit > self.n_inputs:
            raise ValueError(
                f"head_limit: {self.head_limit} is beyond n_inputs: {self.n_inputs}; give less"
            )
        return self


class MeasureExclusive(Section):
    """Token ids, of which one is active at a time, on a circle; nothing is trained."""

    kind: Literal["exclusive"] = "exclusive"
    n_tokens: int = Field(default=64, ge=3)
    """Tokens m; each is the match of one query token."""
    together: int = Field(default=2, ge=1)
    """Tokens that are active at once in the control, where they exclude each other no more."""
    n_keys: int = Field(default=16, ge=2)
    """Keys T of the control."""
    samples: int = Field(default=1000, ge=2)
    """Inputs of the control."""
    mass: float = Field(default=0.9, gt=0, lt=1)
    """Attention that the match is to get when all tokens are keys."""


class MeasureTrained(Section):
    """How heads that were trained arrange their bigrams."""

    kind: Literal["trained"] = "trained"
    samples: int = Field(default=1000, ge=2)
    """Inputs on which hits are counted."""


class Params(StudyParams):
    """The study `attention_bigrams`."""

    REHEARSAL: ClassVar = {"train": {"steps": 10, "batch": 16}}
    train: Train = Train()
    measure: MeasureBuilt | MeasureExclusive | MeasureTrained = Field(
        MeasureTrained(), discriminator="kind"
    )

"""Parameters of what computes with sparse bits: constructed layers, circuits, trained networks.

Light: what plans a build imports this. `tegum.metrics.constructed_gates`,
`tegum.metrics.gate_circuits` and `tegum.models.gate_networks` are what they describe.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from tegum.experiment.params import Section, shape

Gate = Literal["and", "xor"]


class Readoff(Section):
    """Gates of pairs of sparse bits, read off a random layer of ReLU neurons."""

    n_inputs: int = Field(default=64, ge=4)
    """m, bits of an input."""
    n_active: int = Field(default=3, ge=2)
    """s, how many of them are 1; the mean number where it varies."""
    spread: int = Field(default=0, ge=0)
    """The number of active bits is uniform on n_active - spread, …, n_active + spread."""
    width: int = Field(default=2048, ge=1)
    """d, neurons."""
    samples: int = Field(default=256, ge=1)
    """Inputs that errors are measured on."""
    block: int = Field(default=16, ge=4)
    """Bits of each input, the active ones among them, whose pairs are read off."""

    @model_validator(mode="after")
    def _has_pairs_of_every_kind(self) -> Self:
        if self.n_active - self.spread < 2:
            raise ValueError(
                f"n_active: {self.n_active} less spread: {self.spread} leaves no pair of active "
                "bits; give a smaller spread"
            )
        if not self.n_active + self.spread + 2 <= self.block <= self.n_inputs:
            raise ValueError(
                f"block: {self.block} has to lie between the largest number of active bits and two "
                f"more, {self.n_active + self.spread + 2}, and n_inputs: {self.n_inputs}"
            )
        return self

    @property
    def counts(self) -> list[int]:
        """The numbers of active bits, all equally likely."""
        return list(range(self.n_active - self.spread, self.n_active + self.spread + 1))


class Gaussian(Readoff):
    """Normal weights; a pair's readoff depends on the signs of a neuron's two weights."""

    construction: Literal["gaussian"] = "gaussian"
    gate: Gate = "and"
    """What is read off."""
    readoff: Literal["fixed", "mixture"] = "fixed"
    """Unbiased at exactly n_active bits; or the least squares over all numbers of active bits,
    with a constant and the number of active bits to help."""
    n_dimensions: int = Field(default=0, ge=0)
    """Dimensions in which the inputs are superposed, as random unit vectors; 0 for none."""

    @model_validator(mode="after")
    def _knows_the_number(self) -> Self:
        if self.readoff == "mixture" and self.n_dimensions:
            raise ValueError(
                f"readoff: mixture reads the number of active bits, which n_dimensions: "
                f"{self.n_dimensions} superposes; give 0 or the fixed readoff"
            )
        return self


class Binary(Readoff):
    """Sparse wires of weight 1, a bias of -1; a readoff is the mean over the neurons it shares."""

    construction: Literal["binary"] = "binary"
    wires: float = Field(default=4.0, gt=0)
    """c: each neuron is wired to an input with probability c / sqrt(width), so that two inputs
    share c^2 neurons; targeted gates have as many of their own."""
    targeted: bool = False
    """Whether only listed pairs are wired and read."""
    n_gates: int = Field(default=64, ge=1)
    """Listed pairs of targeted gates."""

    @model_validator(mode="after")
    def _is_a_probability(self) -> Self:
        if self.wires**2 > self.width:
            raise ValueError(f"wires: {self.wires:g} is more than sqrt(width), {self.width}")
        if self.n_gates > self.n_inputs * (self.n_inputs - 1) // 2:
            raise ValueError(f"n_gates: {self.n_gates} are more than pairs of n_inputs")
        return self

    @property
    def wiring(self) -> float:
        """Probability of a wire."""
        return self.wires * self.width**-0.5

    def resolved(self) -> Self:
        """Universal gates know no list."""
        default = type(self).model_fields["n_gates"].default
        return self if self.targeted else self.model_copy(update={"n_gates": default})


class Circuit(Section):
    """Layers of AND gates in a row: groups of which one bit is active, added in pairs."""

    construction: Literal["circuit"] = "circuit"
    width: int = Field(default=4096, ge=1)
    """d, neurons of each layer."""
    n_groups: int = Field(default=3, ge=2)
    """Groups of bits, of each of which exactly one is active: s."""
    group_size: int = Field(default=4, ge=2)
    """Bits of a group; m is n_groups times as many."""
    correction: Literal["none", "clip"] = "clip"
    """What stands between layers: nothing, or clip(2 y - 1/2, 0, 1)."""
    depth: int = shape(12, ge=1)
    """Layers."""
    samples: int = Field(default=128, ge=1)
    """Inputs."""


class Train(Section):
    """What trained networks have."""

    learning_rate: float = Field(default=0.003, gt=0)
    """Adam's base learning rate."""
    steps: int = shape(1200, ge=2)
    """Optimiser steps."""
    batch: int = shape(128, ge=1)
    """Samples per step."""


class Network(Train):
    """A ReLU layer and an affine readoff of the gates of all pairs."""

    model: Literal["network"] = "network"
    gate: Gate = "and"
    """What is computed of each pair."""
    bits: int = shape(10, ge=2)
    """m."""
    neurons: int = shape(28, ge=1)
    """d."""
    mean_active: float = Field(default=2.0, gt=0)
    """Expected number of active bits; each is active independently."""
    frozen: bool = False
    """Whether the first layer stays as it was drawn."""
    loss_power: int = shape(2, ge=2, le=8)
    """P: the loss is the mean of w |error|^P."""
    upweight: float = Field(default=1.0, gt=0)
    """w of pairs whose gate is on."""
    warm_up: int = shape(100, ge=0)
    """Steps in which the learning rate rises; it is constant then and falls to 0 in the second
    half."""

    @model_validator(mode="after")
    def _is_a_probability(self) -> Self:
        if self.mean_active >= self.bits:
            raise ValueError(f"mean_active: {self.mean_active:g} is not below bits: {self.bits}")
        return self


class Compressed(Train):
    """A layer of fewer neurons than features that adds the ReLU of every feature to a stream."""

    model: Literal["compressed"] = "compressed"
    n_features: int = shape(40, ge=2)
    """Features."""
    n_neurons: int = shape(20, ge=1)
    """Neurons."""
    stream_width: int = Field(default=400, ge=1)
    """Dimensions of the stream that the features are embedded in, as random unit vectors."""
    feature_probability: float = Field(default=0.025, gt=0, le=1)
    """Probability that a feature is active; it is then uniform on [-1, 1]."""
    mixing: float = Field(default=1.0, ge=0)
    """Factor of the mixing matrix 1 - W W^T of the embeddings; 0 takes it out of the task."""

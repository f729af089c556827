"""Parameters of the study `circuits_in_superposition`: networks that are built, not trained."""

from typing import Literal, Self

from pydantic import Field, model_validator

from tegum.experiment.params import Section, StudyParams
from tegum.models.shared_network import PARTS


class Network(Section):
    """Small circuits, each a rotation of the plane by four ReLU neurons, in one wide network."""

    n_circuits: int = Field(default=1024, ge=2)
    """Circuits T of each layer."""
    width: int = Field(default=1024, ge=8)
    """Neurons D of each layer of the wide network."""
    redundancy: int = Field(default=4, ge=1)
    """Neurons S on which each neuron of a circuit stands."""
    n_active: int = Field(default=3, ge=1)
    """Circuits of the last layer that an input uses."""
    depth: int = Field(default=4, ge=1)
    """Layers L."""
    gated: bool = True
    """Whether neurons on which no active circuit stands are held at zero."""
    samples: int = Field(default=32, ge=2)
    """Inputs."""
    tolerance: float = Field(default=0.3, gt=0)
    """Error, as a share of the signal, at which the network is full."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if PARTS * self.redundancy > self.width:
            raise ValueError(
                f"redundancy: a circuit needs {PARTS} x {self.redundancy} neurons, width is "
                f"{self.width}; give less"
            )
        if self.n_active >= self.n_circuits:
            raise ValueError(
                f"n_active: {self.n_active} of n_circuits: {self.n_circuits}; give fewer, so that "
                "some are inactive"
            )
        return self


class Parallel(Network):
    """Each circuit of a layer goes on from itself in the layer before."""

    kind: Literal["parallel"] = "parallel"


class Series(Network):
    """Each circuit of a layer reads several others of the layer before."""

    kind: Literal["series"] = "series"
    fan_in: int = Field(default=4, ge=1)
    """Earlier circuits q that a circuit reads."""
    use_exponent: float = Field(default=0.0, ge=0)
    """How unevenly they are used: chances are 1 / rank to this power; 0 for equal use."""

    @model_validator(mode="after")
    def _has_parents(self) -> Self:
        if self.fan_in > self.n_circuits:
            raise ValueError(f"fan_in: {self.fan_in} of n_circuits: {self.n_circuits}; give fewer")
        return self


class Params(StudyParams):
    """The study `circuits_in_superposition`."""

    measure: Parallel | Series = Field(Parallel(), discriminator="kind")

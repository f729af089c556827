"""Parameters: what is constructed and trained, its controls, and what is measured."""

from typing import ClassVar, Literal

from pydantic import Field

from tegum.experiment.params import Section, StudyParams, shape
from tegum.models.gate_sections import Binary, Circuit, Compressed, Gaussian, Network


class Control(Section):
    """What is read off instead; sizes and streams are those of `fit`."""

    controls: list[Literal["permuted", "affine"]] = shape(["permuted", "affine"])
    """The readoffs of other pairs, of inputs in another order; the best affine function of the
    inputs themselves, without a layer."""


class MeasureReadoff(Section):
    """Errors of readoffs beside their law and their controls."""

    what: Literal["readoff"] = "readoff"


class MeasureCircuit(Section):
    """Errors by depth."""

    what: Literal["circuit"] = "circuit"


class MeasureNetwork(Section):
    """Errors of trained networks on fresh inputs."""

    what: Literal["network"] = "network"
    evaluation_samples: int = Field(default=4096, ge=2)
    """Fresh inputs."""


class MeasureCompressed(Section):
    """Losses beside that of one neuron per feature, and where the weights lie."""

    what: Literal["compressed"] = "compressed"


class Params(StudyParams):
    """The study `boolean_gates`."""

    CHAIN: ClassVar = {
        "train": (),
        "fit": (),
        "control": ("fit",),
        "measure": ("train", "fit", "control"),
    }
    REHEARSAL: ClassVar = {
        "train": {"steps": 4, "batch": 64},
        "fit": {"samples": 8, "depth": 2},
        "control": {},
    }
    train: Network | Compressed = Field(Network(), discriminator="model")
    fit: Gaussian | Binary | Circuit = Field(Gaussian(), discriminator="construction")
    control: Control = Control()
    measure: MeasureReadoff | MeasureCircuit | MeasureNetwork | MeasureCompressed = Field(
        MeasureReadoff(), discriminator="what"
    )

"""Parameters: a world of sparse features, readers of it with a threshold, and dictionaries."""

from typing import ClassVar, Literal

from pydantic import Field

from tegum.dictionaries.sections import TopKSection
from tegum.experiment.params import Section, StudyParams, shape


class World(Section):
    """Activations x = f W with a few active features, and what reads them."""

    n_features: int = shape(256, ge=8)
    """G, features, each with a unit direction."""
    n_inputs: int = shape(64, ge=2)
    """d, the dimensions of the activations."""
    n_active: int = shape(3, ge=1)
    """Features that are active on a sample."""
    magnitude_deviation: float = Field(default=0.25, ge=0, lt=0.5)
    """Standard deviation of an active feature around 1, cut at two of them."""
    spreading_steps: int = shape(200, ge=0)
    """Steps that push the directions apart."""


class Fit(World, TopKSection):
    """A TopK dictionary of the activations."""

    latents: int = shape(256, ge=2)
    """Latents."""
    learning_rate: float = Field(default=0.001, gt=0)
    """Peak learning rate."""
    samples: int = shape(512, ge=8)
    """Fresh samples whose errors are looked at."""


class Reader(Section):
    """Logits V ReLU(W x - theta): what reads the activations, and forgives small errors."""

    n_outputs: int = Field(default=100, ge=2)
    """K, outputs of the softmax."""
    threshold: float = Field(default=0.0, ge=0)
    """theta: what a feature has to exceed to be read; 0 corrects nothing."""


class Errors(Reader):
    """Errors of dictionaries beside other changes of equal length."""

    kind: Literal["errors"] = "errors"


class Plateaus(Reader):
    """Outputs along lines that leave an activation."""

    kind: Literal["plateaus"] = "plateaus"
    positions: int = Field(default=41, ge=3)
    """Places of a line, from the activation to as far as a mean activation is long."""


class Spheres(World, Reader):
    """Outputs on small spheres around activations; needs no dictionary."""

    kind: Literal["spheres"] = "spheres"
    radius: float = Field(default=0.3, gt=0)
    """epsilon, of the sphere."""
    samples: int = Field(default=48, ge=2)
    """Activations."""
    directions: int = Field(default=400, ge=100)
    """Random directions."""
    others: int = Field(default=32, ge=1)
    """Inactive features, and mixtures of them, that are tried for each activation."""
    mixed: int = Field(default=8, ge=2)
    """Inactive features in a mixture."""
    angles: int = Field(default=49, ge=3)
    """Places on a great circle."""


class Params(StudyParams):
    """The study `sae_errors`."""

    CHAIN: ClassVar = {"fit": (), "measure": ("fit",)}
    REHEARSAL: ClassVar = {"fit": {"dictionary_steps": 4, "samples": 16, "spreading_steps": 2}}
    fit: Fit = Fit()
    measure: Errors | Plateaus | Spheres = Field(Errors(), discriminator="kind")

"""Parameters of `interaction_basis`: planted subspaces, linear maps, paths, trained networks."""

from typing import ClassVar, Literal

from pydantic import Field

from tegum.experiment.params import Section, StudyParams


class Planted(Section):
    """Activations of which a few quiet directions matter and many loud ones do not."""

    what: Literal["planted"] = "planted"
    next_layer: Literal["modules", "linear"] = "modules"
    """Two tanh modules, each of half of the directions that matter; or one linear map of them."""
    decorrelated: bool = False
    """Whether the samples' own covariance is made diagonal."""
    n_relevant: int = Field(default=4, ge=2, multiple_of=2)
    """Directions that matter."""
    n_irrelevant: int = Field(default=8, ge=1)
    """Directions that do not."""
    relevant_scale: float = Field(default=0.5, gt=0)
    """Standard deviation of the former."""
    irrelevant_scale: float = Field(default=3.0, gt=0)
    """Standard deviation of the latter."""
    samples: int = Field(default=4000, ge=16)
    """Activations."""
    points: int = Field(default=20, ge=1)
    """Of the path of integrated gradients."""


class Maps(Section):
    """The same activations with and without an invertible linear map of the hidden basis."""

    what: Literal["maps"] = "maps"
    width: int = Field(default=6, ge=1)
    """Hidden dimensions."""
    outputs: int = Field(default=3, ge=1)
    """tanh(0.3 W h)."""
    samples: int = Field(default=3000, ge=16)
    """Activations."""


class Paths(Section):
    """Completeness of integrated gradients by the number of points of the path."""

    what: Literal["paths"] = "paths"
    activation: Literal["tanh", "relu"] = "tanh"
    """Of the map that attributions are of."""
    points: int = Field(default=20, ge=1)
    """Of the path."""
    samples: int = Field(default=1000, ge=16)
    """Activations."""


class Trained(Section):
    """What is measured of trained networks."""

    samples: int = Field(default=1024, ge=16)
    """Inputs."""
    points: int = Field(default=20, ge=1)
    """Of the path of integrated gradients."""


class Gates(Trained):
    """Networks of the study `boolean_gates`: from bits to gates of all pairs."""

    what: Literal["gates"] = "gates"
    frozen: bool = False
    """Which networks: those whose first layer stayed random."""
    bit_probability: float = Field(default=0.2, gt=0, lt=1)
    """Probability of a bit to be 1, as the networks were trained."""


class Features(Trained):
    """Models of the study `monosemanticity`: from hidden neurons to features."""

    what: Literal["features"] = "features"
    bias_offset: float = 0.0
    """Which models: those trained from this initial bias."""


class Params(StudyParams):
    """All parameters of the study."""

    REHEARSAL: ClassVar = {}
    measure: Planted | Maps | Paths | Gates | Features = Field(Planted(), discriminator="what")

"""Parameters of the study `packing`: it only measures; nothing is trained or sampled at length."""

from typing import Literal

from pydantic import Field

from tegum.experiment.params import Section, StudyParams


class Packing(Section):
    """What every packing problem has."""

    n_features: int = Field(default=100_000, ge=2)
    """Number of vectors that are packed."""
    n_inputs: int = Field(default=10_000, ge=1)
    """Number of dimensions that they share."""


class Bound(Packing):
    """The loss under the Johnson-Lindenstrauss bound, by a continuous number of factors."""

    kind: Literal["bound"] = "bound"
    alpha: float = Field(default=1.0, gt=0.0)
    """Moment of the interference that the loss sums: the exponent of |cos|."""
    k_points: int = Field(default=200, ge=2, le=4000)
    """Number of log-spaced values of a continuous k at which curves are stored."""


class Pairs(Packing):
    """Orthogonal pairs, counted on explicit vectors."""

    kind: Literal["pairs"] = "pairs"
    k: int = Field(default=2, ge=1)
    """Number of orthogonal factors of the explicit configurations."""


class Energy(Packing):
    """Energies of explicit configurations."""

    kind: Literal["energy"] = "energy"
    alpha: float = Field(default=1.0, gt=0.0)
    """Moment of the interference that the energy sums."""
    k: int = Field(default=2, ge=1)
    """Number of orthogonal factors of the tegum product."""


class Params(StudyParams):
    """All parameters of the study."""

    measure: Bound | Pairs | Energy = Field(Bound(), discriminator="kind")

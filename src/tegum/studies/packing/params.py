"""Parameters of the study `packing`: it only measures; nothing is trained or sampled at length."""

from typing import ClassVar

from pydantic import Field

from tegum.experiment.params import Section, StudyParams


class Measure(Section):
    """One packing problem."""

    n_features: int = Field(ge=2)
    """Number of vectors that are packed."""
    n_inputs: int = Field(ge=1)
    """Number of dimensions that they share."""
    alpha: float = Field(gt=0.0)
    """Moment of the interference that the loss sums: the exponent of |cos|."""
    k: int = Field(ge=1)
    """Number of orthogonal factors of the explicit configurations."""
    k_points: int = Field(ge=2, le=4000)
    """Number of log-spaced values of a continuous k at which curves are stored."""


class Params(StudyParams):
    """All parameters of the study."""

    CHAIN: ClassVar[dict[str, tuple[str, ...]]] = {"measure": ()}
    FIGURES: ClassVar[tuple[str, ...]] = (
        "loss_below_two",
        "loss_above_two",
        "optimum",
        "transition",
        "pairs",
        "energy",
    )

    measure: Measure

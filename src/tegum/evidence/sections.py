"""Parameters of the evidence on variables whose role in a model is known.

Light: what plans a build imports this.
"""

from typing import Literal

from pydantic import Field

from tegum.experiment.params import Section


class Probe(Section):
    """A probe, and what it is fitted to."""

    family: Literal["linear", "quadratic", "mlp"] = "linear"
    """Family of the probes."""
    l2: float = Field(default=0.01, gt=0)
    """Weight of half the squared norm of a probe's weights, on standardised activations."""
    n_train: int = Field(default=600, ge=20)
    """Samples to fit a probe on."""


class Verdicts(Section):
    """What it takes to judge variables: their selectivity, advantage and effect."""

    runs: int = Field(default=2, ge=1)
    """Draws of each control on weights."""
    labellings: int = Field(default=40, ge=1)
    """Control labellings of each kind; with fewer than 40 the interval is wider than it says."""
    random_labels: int = Field(default=8, ge=1)
    """Random labels of samples per variable, of its base rate, and as many of types of input: of
    these the truth is that nothing is there."""
    n_test: int = Field(default=1000, ge=20)
    """Samples to score probes on."""
    resamples: int = Field(default=500, ge=10)
    """Bootstrap resamples of a selectivity or an advantage."""
    directions: int = Field(default=800, ge=2)
    """Random directions of each kind."""
    alphas: list[float] = [0.5, 1.0, 2.0, 4.0]
    """Multiples of a steering vector that are added."""
    steered: int = Field(default=100, ge=2)
    """Samples on which an intervention is measured."""

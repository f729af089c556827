"""Figures of the study, topic by topic: a topic is a module with its own `FIGURES`."""

from tegum.figures import Figure
from tegum.studies.toy_superposition import (
    figures_basic,
    figures_geometry,
    figures_neurons,
    figures_phase,
    figures_sets,
)

FIGURES: dict[str, Figure] = {
    **figures_basic.FIGURES,
    **figures_geometry.FIGURES,
    **figures_phase.FIGURES,
    **figures_sets.FIGURES,
    **figures_neurons.FIGURES,
}

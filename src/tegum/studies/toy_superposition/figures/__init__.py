"""Figures of the study, topic by topic."""

from tegum.studies.toy_superposition.figures import basic, geometry, neurons, phase, sets

__all__ = ["basic", "geometry", "neurons", "phase", "sets"]

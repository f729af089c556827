"""Findings about circuits in one network. Every number is one per drawn network."""

from tegum.studies.circuits_in_superposition.claims import parallel, series

TOPICS = (parallel, series)

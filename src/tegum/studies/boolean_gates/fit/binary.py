"""Sparse binary layers, universal or targeted; rows are made as those of normal weights."""

from tegum.studies.boolean_gates.fit.gaussian import run

__all__ = ["run"]

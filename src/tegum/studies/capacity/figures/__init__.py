"""Figures of the study `capacity`, drawn from its measured Datasets."""

from tegum.studies.capacity.figures import quadratic, interventions, networks  # isort: skip

__all__ = ["interventions", "networks", "quadratic"]

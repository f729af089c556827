"""Figures of the study `capacity`, drawn from its measure Datasets."""

FIGURES = {}

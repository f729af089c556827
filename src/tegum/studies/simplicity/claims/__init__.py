"""Findings on random functions, on regions, and on minima."""

from tegum.studies.simplicity.claims import coefficients, functions, regions

TOPICS = (functions, regions, coefficients)

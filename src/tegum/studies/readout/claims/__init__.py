"""Findings about readouts, in the order of the ledger; thresholds were fixed before any laptop
result."""

# isort: off
from tegum.studies.readout.claims import regression, softmax, geometry, dictionaries

TOPICS = (regression, softmax, geometry, dictionaries)

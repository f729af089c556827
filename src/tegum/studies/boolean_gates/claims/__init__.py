"""Findings about gates in superposition, in the order of the ledger; thresholds were fixed before
any laptop result."""

# isort: off
from tegum.studies.boolean_gates.claims import normal, sparse, numbers, circuits, trained, mixed

TOPICS = (normal, sparse, numbers, circuits, trained, mixed)

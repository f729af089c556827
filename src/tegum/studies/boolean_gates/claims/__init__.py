"""Findings about gates in superposition, in the order of the ledger; thresholds were fixed before
any laptop result."""

from tegum.studies.boolean_gates.claims import layers, networks

TOPICS = (layers, networks)

"""Findings, topic by topic, in the order of the ledger.

Thresholds were fixed before any result at laptop scale was seen.
"""

# isort: off
from tegum.studies.embedding.claims import decoders, reads, relearning, maps, errors

__all__ = ["decoders", "errors", "maps", "reads", "relearning"]

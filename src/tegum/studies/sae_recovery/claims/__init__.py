"""Findings about dictionaries on known features, judged per seed; topics in the ledger's order."""

# isort: off
from tegum.studies.sae_recovery.claims import recovery, benchmark, identities, worlds

TOPICS = (recovery, benchmark, identities, worlds)

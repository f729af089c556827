"""Findings on errors of dictionaries of small decoders, those of a real model asked again."""

from tegum.ledger.changed_outputs import on_errors
from tegum.studies.embedding.claims.sources import CONVERGED
from tegum.studies.embedding.selection import tested

errors = on_errors("errors", tested, CONVERGED, CONVERGED)

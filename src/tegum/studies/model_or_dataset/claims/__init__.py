"""Findings about variables, dictionaries and the rule that judges them, in the ledger's order.

Every number is one per seed; seeds share data and initial weights, so that differences between
conditions are paired. Thresholds were fixed before any result was seen; the findings whose source
is `SEEN` were added after the first, and no threshold was changed with them.
"""

# isort: off
from tegum.studies.model_or_dataset.claims import bits, ladder, probes, language

TOPICS = (bits, ladder, probes, language)

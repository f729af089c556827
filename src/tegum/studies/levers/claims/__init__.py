"""Findings of `levers`. Thresholds were chosen before any result of this size was seen.

All differences are paired: models of a seed share the embedding, the initial weights and batches.
"""

from tegum.studies.levers.claims import features, starts, strengths

TOPICS = (strengths, starts, features)

"""Findings about contrast pairs. Every number is one per seed; see `conditions`."""

from tegum.studies.contrast_pairs.claims import distractors, imbalance, models

TOPICS = (imbalance, distractors, models)

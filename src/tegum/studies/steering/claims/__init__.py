"""Findings about probes and steering vectors; numbers are medians over steered features."""

from tegum.studies.steering.claims import laws, published

TOPICS = (published, laws)

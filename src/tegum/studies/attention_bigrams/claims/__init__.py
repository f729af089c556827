"""Findings about skip-bigrams. Every number is one per embedding; see `conditions`."""

from tegum.studies.attention_bigrams.claims import built, learned

TOPICS = (built, learned)

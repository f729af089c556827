"""Contrast pairs read from hidden states of language models that nobody here trained."""

"""Curves between models, and models that are moved from where they are."""

"""Dictionaries, and what changes of activations do to outputs."""

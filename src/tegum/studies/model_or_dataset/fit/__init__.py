"""Probes of a classifier's variables, dictionaries of a language model."""

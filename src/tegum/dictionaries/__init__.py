"""Sparse dictionaries over activations: an abstract base and one file per architecture."""

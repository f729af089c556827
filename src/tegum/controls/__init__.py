"""Transforms of activations, weights or labels that each destroy exactly one kind of structure."""

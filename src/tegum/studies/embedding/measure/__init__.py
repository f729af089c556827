"""Measurements of trained decoders, one module per kind."""

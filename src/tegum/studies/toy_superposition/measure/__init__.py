"""Measurements of the toy models: a module for each kind."""

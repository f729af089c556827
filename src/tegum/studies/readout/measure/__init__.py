"""Measurements: of dictionaries, and a module for each kind of model with a linear encoder."""

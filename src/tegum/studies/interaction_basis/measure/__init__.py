"""Measurement, one module for each kind."""

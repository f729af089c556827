"""Measurements: of errors, along lines, and on spheres."""

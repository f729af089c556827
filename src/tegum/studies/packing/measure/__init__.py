"""Exact packing numbers on a grid of vectors, dimensions and moments of the interference."""

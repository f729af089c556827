"""Scores of matrices that are built, of tokens on a circle, and of trained heads."""

"""Readoffs of random layers, one module for each construction."""

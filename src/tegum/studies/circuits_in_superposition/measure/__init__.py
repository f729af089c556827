"""Errors of circuits in parallel and in series."""

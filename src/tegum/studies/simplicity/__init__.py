"""Simplicity."""

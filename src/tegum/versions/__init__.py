"""Versions of a study: opened from git and DVC, compared cell by cell, shown."""

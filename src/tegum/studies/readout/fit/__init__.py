"""Dictionaries, one module for each kind of what they are fitted to."""

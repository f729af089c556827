"""Closed forms, bounds and constructions that measurements are compared with."""

"""tegum: a reproducible laboratory for superposition in neural networks."""

__version__ = "0.1.0"

"""Models of others: activations at named hook points, and interventions, of `transformers` models.

Needs the extra `models` (`make .venv/models`), but for reading activations that were written.
"""

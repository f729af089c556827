"""Probes and readers fitted to activations."""

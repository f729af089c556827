"""Measurements: of readoffs, of circuits, and of each kind of trained model."""

"""Trainings with masks, and rounds of pruning."""

"""Capacities, what theory says of them, and what interventions and architectures do to them."""

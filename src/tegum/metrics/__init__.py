"""Pure functions from raw per-unit arrays to what the claims speak of."""

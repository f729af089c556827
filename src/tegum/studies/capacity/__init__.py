"""Training as the allocation of dimensions to features (Scherlis et al. 2022)."""

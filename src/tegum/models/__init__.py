"""Ensembles: models whose every parameter has a leading ``cell`` axis."""

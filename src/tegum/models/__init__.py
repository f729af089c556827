"""Ensembles: models whose every parameter has a leading ``cell`` axis."""

import os

# Without it MKL's matrix products depend on how a cell's numbers are aligned in memory, and so on
# its place among the others. MKL reads it at its first product; it costs nothing measurable.
os.environ.setdefault("MKL_CBWR", "AUTO")

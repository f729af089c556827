"""What the findings share: sources, and how measured Datasets are read.

Thresholds were fixed before the first run at laptop scale, after trial runs of one seed that chose
sizes, learning rates and sparsities.
"""

from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.findings import finding

PROTOTYPE = "size of a small prototype, one seed"
UNVERIFIED = "expected from two public libraries at this kind of size, which disagree"
SYNTH = "SynthSAEBench documentation"
KORZNIKOV = "Korznikov et al. 2026 (arXiv 2602.14111), abstract"
IDENTITY = "derived: identity"
OPEN = "own question"

RECOVERED_MEAN = 0.9
"""Least matched |cos| at which nearly all directions are recovered: the published size."""
HALF = 0.5
"""Share of the explained variance that a frozen decoder keeps; share of features recovered inside
dense subspaces: own choice."""
PRECISION = 1e-5
"""Largest deviation from an identity, in single precision."""
CONVERGED = 0.05
"""Largest change of the loss over the last half of the fit at which a verdict counts: own
choice."""

DENSE, NEAREST = 0, 1
"""The level with the most active latents, and that whose number of them is nearest to that of
active features."""
L1 = ("standard", "l1")
RANDOM, GAUSSIAN = "random directions", "fits to Gaussian activations"

fits = partial(finding, converged=CONVERGED)
"""Decorates the findings about fitted dictionaries."""


def of(ds: xr.Dataset, name: str, control: str = "none", **where: Any) -> xr.DataArray:
    """A measure of the fits, or of a control, at some values of the axes."""
    return at(ds[name], control=control, **where)


def among(values: xr.DataArray, *architectures: str) -> xr.DataArray:
    """The values of several architectures."""
    return at(values, architecture=architectures)


def finite(parts: list[xr.DataArray]) -> np.ndarray:
    """All finite values."""
    values = np.concatenate([part.values.ravel() for part in parts])
    return values[np.isfinite(values)]

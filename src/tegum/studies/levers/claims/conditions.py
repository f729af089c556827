"""What the findings share: sources, and the numbers that are compared."""

from functools import partial

import xarray as xr

from tegum.ledger.findings import finding

PAPER = "Jermyn, Schiefer and Hubinger 2022, arXiv 2211.09169"
COMMENTS = "Jermyn (comments under arXiv 2211.09169)"
KIRK = "Kirk (comments under arXiv 2211.09169)"
SCHERLIS = "Scherlis et al. (comments under arXiv 2211.09169)"
OWN = "own question"
PROTOTYPE = "measured in a small prototype"

trained = partial(finding, converged=0.05)
"""Decorates the findings about trained models; the tolerance is that of `monosemanticity`."""


def gain(after: xr.Dataset, before: xr.Dataset) -> xr.DataArray:
    """Difference of monosemantic neurons per feature."""
    return after["mono_per_feature"] - before["mono_per_feature"]


def cost(after: xr.Dataset, before: xr.Dataset) -> xr.DataArray:
    """Relative change of the evaluation loss."""
    return after["evaluation_loss"] / before["evaluation_loss"] - 1

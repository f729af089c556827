"""Findings whose data need what a plain installation lacks."""

import xarray as xr

from tegum.ledger.findings import Untested


def with_models(ds: xr.Dataset, study: str) -> xr.Dataset:
    """The data, once sure that the models of the extra `models` were there when they were made.

    Raises:
        Untested: where one row was made without them, by its variable `available`.
    """
    if not (ds["available"] == 1).all():
        raise Untested(
            "the extra `models` was not installed when these rows were made: run make "
            f".venv/models, then snakemake {study}"
        )
    return ds

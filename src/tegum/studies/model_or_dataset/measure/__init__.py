"""Rows with the losses of their models: what probes read, the ladder, and verdicts."""

from collections.abc import Mapping, Sequence

import xarray as xr

from tegum.data.rows import with_changes
from tegum.studies.model_or_dataset.schema import LOSSES


def with_models(
    found: xr.Dataset, rows: Mapping[str, xr.Dataset], controls: Sequence[str] = ()
) -> xr.Dataset:
    """What was measured by cell, with the losses of the models and how far training moved.

    A loss that may fall to 0 is never at rest relative to where it ends: its movement is then a
    share of the loss before training.

    Args:
        found: along `cell`.
        rows: of the stages that it rests on, `train` among them.
        controls: along which movement is told apart, where rows are: each control has its own
            dictionary, and a claim about one does not rest on the others.
    """
    train = rows["train"]
    share = train["loss_evaluation"] / train["loss"].isel(checkpoint=0, drop=True)
    change = train["loss_change"] * xr.where(train["loss_floor"] == 0, share, 1.0)
    found = found.drop_vars("loss_change", errors="ignore")
    found = found.assign({name: train[name] for name in LOSSES})
    moved = {**rows, "train": train.assign(loss_change=change)}
    axes = {"cell": range(found.sizes["cell"])} | ({"control": controls} if controls else {})
    return with_changes(found, moved, axes)

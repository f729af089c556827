"""`tegum.train`: a sweep of small models in one call, by the engine and streams of the studies."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from tegum.build.execute import Build, Memory, schema_of
from tegum.data.rows import join, on_grid
from tegum.errors import TegumError
from tegum.experiment.cell import Context
from tegum.experiment.params import Section
from tegum.experiment.rooms import load
from tegum.experiment.sweep import Plan
from tegum.experiment.validate import validate
from tegum.library.arguments import plain, several
from tegum.library.fit import LOG_FOLDER, own_settings
from tegum.training.bars import progress_bar
from tegum.training.loggers import logged

if TYPE_CHECKING:
    from pytorch_lightning.loggers import Logger

HERE, SWEEP = "tegum.train", "grid"


def train(
    model: Section,
    grid: Mapping[str, Sequence[Any]] | None = None,
    *,
    steps: int | None = None,
    learning_rate: float | None = None,
    device: str = "cpu",
    progress: bool = False,
    logger: "str | Logger | None" = None,
    log_folder: str | Path = LOG_FOLDER,
) -> xr.Dataset:
    """Train small models on every point of a grid, as ensembles.

    A point has the numbers that the study would have at the same parameters: the streams of random
    numbers are those of the study and the seed, whatever else is in the grid.

    Args:
        model: `tegum.Tied`, `tegum.Hidden`, `tegum.TwoLayer`, or another study's section of its
            stage `train`.
        grid: parameters of the model, or `seed`, to their values; each becomes a dimension.
        steps: optimiser steps; by default the model's.
        learning_rate: by default the model's.
        device: `cpu` or `cuda`.
        progress: whether to show how far training is.
        logger: `csv`, `tensorboard`, `wandb`, `mlflow` or `dvclive`, or a logger of Lightning: it
            is given the losses of each ensemble along its steps.
        log_folder: where a logger of this name writes, `train/0`, `train/1`, … in it.

    Returns:
        Weights, losses and what else the study keeps of its models, along the axes of the grid.

    Raises:
        TegumError: naming the argument, the axis or the value that cannot be.

    Example:
        >>> import tegum
        >>> model = tegum.Tied(n_features=6, n_dimensions=2, batch=64)
        >>> grid = {"feature_probability": [0.05, 1.0], "seed": range(3)}
        >>> found = tegum.train(model, grid, steps=50)
        >>> found["weight"].dims
        ('feature_probability', 'seed', 'feature', 'dimension')
    """
    study = _study_of(model)
    section = model.model_dump()
    given = {"steps": steps, "learning_rate": learning_rate}
    section |= {name: plain(value) for name, value in given.items() if value is not None}
    params = load(study, "params").Params
    axes = {name: plain(values) for name, values in (grid or {}).items()}
    single = [f"{name} is {values!r}" for name, values in axes.items() if not several(values)]
    if single:
        raise TegumError(f"{HERE}: grid: {single[0]}; give a list of values")
    raw = {
        "title": HERE,
        "question": HERE,
        "train": section,
        "sweeps": {SWEEP: {"axes": axes or {"seed": [0]}, "stages": ["train"]}},
    }
    try:
        plan = Plan(study, validate(params, raw, HERE), {}, device)
    except TegumError as error:
        said = str(error).replace(f"sweeps.{SWEEP}.axes.", "grid: ").replace(": train.", ": ")
        raise TegumError(said) from None
    build = Build({study: plan}, Memory())
    jobs = plan.jobs(SWEEP, "train")
    about = {"study": study, **section}
    seen = (progress_bar("training", progress), logged(logger, Path(log_folder, "train"), about))
    with own_settings(), seen[0], seen[1]:
        for job in jobs:
            build.row(job, Context(device, progress=False))
    schema = schema_of(plan, "train", SWEEP)
    rows = join([build.store.rows(job, schema) for job in jobs])
    cells = [cell.axes for job in jobs for cell in job.cells]
    found = on_grid(rows, {a: plan.view(SWEEP).axes[a] for a in plan.axes(SWEEP, "train")}, cells)
    return found if axes else found.isel(seed=0)


def _study_of(model: Section) -> str:
    for base in type(model).__mro__:
        parts = base.__module__.split(".")
        if parts[:2] == ["tegum", "studies"] and parts[3:] == ["params"]:
            return parts[2]
    raise TegumError(f"model is a {type(model).__name__}; give tegum.Tied(…), Hidden or TwoLayer")

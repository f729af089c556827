"""Losses of trainings in the loggers of Lightning, by name; each is imported when it is asked for.

A logger is no part of a result: it is in no key, and what it writes is scratch.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from tegum.errors import TegumError
from tegum.training.loop import Loop
from tegum.training.watch import watched

if TYPE_CHECKING:
    from pytorch_lightning.loggers import Logger

PACKAGES = {
    "csv": "pytorch_lightning",
    "tensorboard": "tensorboard",
    "wandb": "wandb",
    "mlflow": "mlflow",
    "dvclive": "dvclive",
}
"""Name of a logger to the package that it needs."""
MOST_CELLS = 64
"""Ensembles of more cells are logged by their mean loss and its range alone."""


def _made(name: str, folder: Path, run: str) -> "Logger":
    """One logger for one training, which writes into `folder`."""
    if name == "dvclive":
        live = import_module("dvclive.lightning").DVCLiveLogger
        # Without `dvcyaml=None` it would write into the dvc.yaml of the folder that one works in.
        return live(run_name=run, dir=str(folder), save_dvc_exp=False, report=None, dvcyaml=None)
    loggers = import_module("pytorch_lightning.loggers")
    if name == "csv":
        return loggers.CSVLogger(folder, name="", version="")
    if name == "tensorboard":
        return loggers.TensorBoardLogger(folder, name="", version="")
    if name == "wandb":
        return loggers.WandbLogger(project="tegum", name=run, save_dir=folder)
    return loggers.MLFlowLogger("tegum", run_name=run, tracking_uri=f"sqlite:///{folder}/runs.db")


def check(name: str) -> None:
    """Raises `TegumError` for a logger that there is not, or whose package is missing."""
    if name not in PACKAGES:
        raise TegumError(f"logger is {name!r}; give one of {', '.join(PACKAGES)}")
    try:
        import_module(PACKAGES[name])
    except ModuleNotFoundError:
        raise TegumError(f"logger {name}: run pip install {PACKAGES[name]}") from None


@contextmanager
def logged(
    logger: "str | Logger | None", folder: str | Path, about: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Log every training in this block: `loss_mean`, `loss_min`, `loss_max`, and that of each cell.

    Args:
        logger: a name of `PACKAGES`; or a logger of Lightning, in which one training follows the
            other; or None.
        folder: where a logger of this name writes, one folder for each training: 0, 1, …
        about: what the logger keeps as hyperparameters, beside steps and optimiser.

    Raises:
        TegumError: for a name that is none, or a package that is missing.
    """
    if logger is None:
        yield
        return
    if isinstance(logger, str):
        check(logger)
    log = _Log(logger, Path(folder), dict(about or {}))
    with watched(log):
        try:
            yield
        finally:
            log.close("success")


class _Log:
    """A watcher that gives each training that it sees a logger of its own."""

    def __init__(self, logger: "str | Logger", folder: Path, about: dict[str, Any]) -> None:
        self._logger, self._folder, self._about = logger, folder, about
        self._loop: Loop | None = None
        self._open: Logger | None = None
        self._runs, self._before = 0, 0

    def __call__(self, loop: Loop, loss: Tensor) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._log(loop, loss[: loop.keep].detach().cpu())

    def _log(self, loop: Loop, loss: Tensor) -> None:
        if loop is not self._loop or self._open is None:
            self._start(loop)
        assert self._open is not None
        found = {"loss_mean": loss.mean(), "loss_min": loss.min(), "loss_max": loss.max()}
        if loop.keep <= MOST_CELLS:
            found |= {f"loss_{n}": v for n, v in zip(loop.names, loss, strict=True)}
        values = {name: float(value) for name, value in found.items()}
        values["learning_rate_scale"] = loop.plan.schedule(loop.step - 1)
        self._open.log_metrics(values, self._before + loop.step)

    def _start(self, loop: Loop) -> None:
        given = not isinstance(self._logger, str)
        self._before += self._loop.plan.steps if given and self._loop is not None else 0
        self.close("success")
        self._loop = loop
        if isinstance(self._logger, str):
            folder = self._folder / str(self._runs)
            folder.mkdir(parents=True, exist_ok=True)
            self._open = _made(self._logger, folder, f"{self._folder.name}-{self._runs}")
        else:
            self._open = self._logger
        self._runs += 1
        plan = {"steps": loop.plan.steps, "optimiser": loop.plan.optimiser, "cells": loop.keep}
        self._open.log_hyperparams({**self._about, **plan})

    def close(self, status: str) -> None:
        """Write what is not yet written."""
        if self._open is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._open.save()
                if isinstance(self._logger, str):
                    self._open.finalize(status)
            self._open = None

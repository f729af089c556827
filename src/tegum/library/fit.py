"""`tegum.fit`: a grid of dictionaries on activations of yours, in one call."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.dictionaries.fit import usual_rate
from tegum.dictionaries.sections import SECTIONS, DictionarySection, MatryoshkaSection
from tegum.dictionaries.study import Stored, fit_all
from tegum.errors import TegumError
from tegum.experiment.seeds import stream_seed
from tegum.labels import variable
from tegum.library import arguments
from tegum.library.activations import Batches, MixedStream, RowStream, read
from tegum.library.fitted import Fit
from tegum.synthetic.batches import Stream
from tegum.training.bars import progress_bar
from tegum.training.loggers import logged

if TYPE_CHECKING:
    from pytorch_lightning.loggers import Logger

NAMES = {"dictionary_steps": "steps", "dictionary_batch": "batch"}
"""Field of a section to what the argument is called."""
LOOKED_AT = 1 << 16
"""Samples by which the scale and the mean of each source are estimated."""
PREFIXES = (1 / 8, 3 / 8, 1)
"""Of the latents: those of Matryoshka dictionaries, where nothing else is said."""
LOG_FOLDER = "tegum_logs"
"""Where loggers write, where nothing else is said."""


def fit(
    x: Any,
    architecture: str = "topk",
    *,
    latents: int | Sequence[int],
    k: int | Sequence[int] | None = None,
    penalty: float | Sequence[float] | None = None,
    seeds: int | Sequence[int] = 1,
    learning_rate: float | Sequence[float] | None = None,
    steps: int = 2000,
    batch: int = 256,
    device: str = "cpu",
    progress: bool = False,
    logger: "str | Logger | None" = None,
    log_folder: str | Path = LOG_FOLDER,
    **options: Any,
) -> Fit:
    """Fit dictionaries (sparse autoencoders) to activations: all of a grid, as ensembles.

    Every argument that is given several values becomes an axis of the grid. All dictionaries of one
    size are trained together; each costs what it would cost alone. A tenth of the samples, at most
    8,192, is held out: `Fit.quality` and `Fit.best` go by them where they are given nothing else.

    Args:
        x: activations (sample, input) or (source, sample, input), each source with dictionaries
            of its own: an array of numpy, torch or xarray; a path of npy or safetensors files, or
            of a folder of them, which are read row by row; or an iterable of batches.
        architecture: `topk`, `batchtopk`, `matryoshka`, `matching_pursuit`, `jumprelu`, `gated`,
            `l1` or `standard`.
        latents: how many.
        k: latents that may fire on a sample, of the first four architectures.
        penalty: strength of the sparsity penalty, of the others; with `target_l0`, where it starts.
        seeds: how many, or which: of initial weights and of the order of the samples.
        learning_rate: Adam's; by default 2e-4 sqrt(2^14 / latents). It falls to 0 in the last half.
        steps: optimiser steps.
        batch: samples in a step.
        device: `cpu` or `cuda`.
        progress: whether to show how far training is.
        logger: `csv`, `tensorboard`, `wandb`, `mlflow` or `dvclive`, or a logger of Lightning: it
            is given the losses of the dictionaries along their steps.
        log_folder: where a logger of this name writes, `fit/0`, `fit/1`, … in it, a folder for all
            dictionaries of one size.
        options: what else the architecture has, such as `target_l0`, `auxiliary_weight`,
            `dead_after`, `warm_up`, `prefixes`, `threshold`, `multi_weight`, `firing`
            (`tegum.dictionaries.sections`).

    Returns:
        The dictionaries, whose latents are in the units of `x`.

    Raises:
        TegumError: naming the argument, and what was expected of it.

    Example:
        >>> import numpy as np, tegum
        >>> rng = np.random.default_rng(0)
        >>> x = (rng.random((2000, 12)) < 0.1) @ rng.standard_normal((12, 6))
        >>> found = tegum.fit(x, "topk", latents=[12, 16], k=2, seeds=3, steps=50)
        >>> found
        Fit of 6 topk dictionaries of 6 inputs: latents 12, 16; seed 0, 1, 2
        >>> found.best(max_l0=2)  # doctest: +ELLIPSIS
        Fit of 1 topk dictionary of 6 inputs, 1... latents
        >>> found.sel(latents=16).encode(x).dims
        ('seed', 'sample', 'latent')
    """
    kind = SECTIONS.get(architecture)
    if kind is None:
        raise TegumError(f"architecture is {architecture!r}; give one of {', '.join(SECTIONS)}")
    samples = read(x)
    sizes = arguments.values("latents", latents, int)
    sparsity = {"k": k, "penalty": penalty}
    rates = (
        None if learning_rate is None else arguments.values("learning_rate", learning_rate, float)
    )
    axes: dict[str, list[Any]] = {
        "source": list(samples.sources or [0]),
        "latents": sizes,
        kind.SPARSITY: _sparsities(kind, architecture, sparsity, sizes),
        "learning_rate": rates or [None],
        "seed": _seeds(seeds),
    }
    given = {**sparsity, "latents": latents, "learning_rate": learning_rate}
    kept = {"source": samples.sources is not None, "seed": len(axes["seed"]) > 1}
    kept |= {name: arguments.several(value) for name, value in given.items()}
    places = _places(axes, kept)
    held = samples.held_out(stream_seed("fit", "evaluation", seed=0))
    look = samples.spread(LOOKED_AT, held)
    common = {"dictionary_steps": steps, "dictionary_batch": batch, **options}
    tasks = []
    for point in product(*axes.values()):
        at = dict(zip(axes, point, strict=True))
        source = axes["source"].index(at["source"])
        tasks.append(_task(kind, {**common, kind.SPARSITY: at[kind.SPARSITY]}, at, source, look))

    def stream(packed: Sequence[_OfSource]) -> Stream:
        orders = [task.order for task in packed]
        if isinstance(samples, Batches):
            return MixedStream(samples, len(packed), orders[0], batch, device)
        sources = [task.source for task in packed]
        return RowStream(samples, held, sources, orders, batch, device)

    flowing = isinstance(samples, Batches)
    if flowing and samples.once and len(sizes) > 1:
        raise TegumError(f"latents is {latents!r}, but x can be iterated only once: give one")
    about = {"architecture": architecture, "batch": batch, **options}
    seen = (progress_bar("fitting", progress), logged(logger, Path(log_folder, "fit"), about))
    with own_settings(), seen[0], seen[1]:
        found = fit_all(tasks, stream, device, convergence=not flowing, pack=1)
        for one in found:
            one.dictionary.fold()
    return Fit(
        [one.dictionary for one in found],
        places,
        [one.changes.get("loss_change", np.nan) for one in found],
        samples.at(held) if len(held) > 1 else None,
    )


@dataclass(frozen=True)
class _OfSource(Stored):
    """A dictionary of one of the sources."""

    source: int = 0


@contextmanager
def own_settings() -> Iterator[None]:
    """What training sets of a process, put back as it was."""
    threads, zero = torch.get_num_threads(), torch.tensor(1e-310, dtype=torch.float64)
    flushed = bool(zero / 2 == 0)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_flush_denormal(flushed)


def _sparsities(
    kind: type[DictionarySection],
    architecture: str,
    given: Mapping[str, Any],
    latents: Sequence[int],
) -> list[Any]:
    name = kind.SPARSITY
    for other, value in given.items():
        if other != name and value is not None:
            raise TegumError(f"{other} is {value!r}, but {architecture} is made sparse by {name}")
    if given[name] is None:
        raise TegumError(f"no {name}: give {architecture} one or several, to make it sparse")
    found = arguments.values(name, given[name], int if name == "k" else float)
    if name == "k" and max(found) > min(latents):
        raise TegumError(f"k is {max(found)}; give at most the {min(latents)} latents")
    return found


def _seeds(seeds: int | Sequence[int]) -> list[int]:
    if not arguments.several(seeds):
        (count,) = arguments.values("seeds", seeds, int)
        return list(range(count))
    found = arguments.plain(seeds)
    if not found or len(set(found)) < len(found) or not all(type(s) is int for s in found):
        raise TegumError(f"seeds is {seeds!r}; give a number of them, or different whole numbers")
    return found


def _places(axes: Mapping[str, list[Any]], kept: Mapping[str, bool]) -> xr.DataArray:
    """The number of each dictionary along the axes; those that are not kept are no dimensions."""
    shape = [len(values) for values in axes.values()]
    places = xr.DataArray(np.arange(np.prod(shape)).reshape(shape), dims=list(axes))
    for name, values in axes.items():
        if values[0] is not None:
            places[name] = variable(name, values, name.replace("_", " "), "1")
    places = places.isel({name: 0 for name in axes if not kept[name]})
    return places if kept["source"] else places.drop_vars("source", errors="ignore")


def _task(
    kind: type[DictionarySection],
    values: Mapping[str, Any],
    at: Mapping[str, Any],
    source: int,
    look: Tensor,
) -> _OfSource:
    if kind is MatryoshkaSection and "prefixes" not in values:
        nested = [max(1, round(share * at["latents"])) for share in PREFIXES]
        values = {**values, "prefixes": sorted(set(nested))}
    rate = at["learning_rate"]
    streams = [stream_seed("fit", purpose, seed=at["seed"]) for purpose in ("init", "data")]
    return _OfSource(
        arguments.section(kind, values, NAMES),
        look.shape[2],
        at["latents"],
        usual_rate(at["latents"]) if rate is None else rate,
        *streams,
        activations=look[source],
        normalised=True,
        source=source,
    )

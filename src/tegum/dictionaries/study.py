"""Dictionaries in studies: from tasks to fitted dictionaries, and to labelled rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.data.schema import CHANGES
from tegum.dictionaries.base import Dictionary, Penalised
from tegum.dictionaries.fit import scalar_scale, train_dictionary
from tegum.dictionaries.registry import build
from tegum.dictionaries.sections import (
    SECTIONS,
    DictionarySection,
    LargestSection,
    PenalisedSection,
)
from tegum.errors import TegumError
from tegum.labels import coordinate, variable
from tegum.metrics import recovery
from tegum.models.ensemble import Ensemble
from tegum.synthetic.batches import Stream, TensorStream
from tegum.training.fused import FusedPlan
from tegum.training.plan import PACK, padded
from tegum.training.recorders import Recorder
from tegum.training.schedules import Schedule

CURVES = {
    "curve_mcc": "matched |cos| with the true features",
    "curve_dead_fraction": "share of dead latents",
}
"""What `Curves` records."""
CURVE_SAMPLES = 1024
STARTS = ("encoder_norm", "decoder_norm")


@dataclass(frozen=True)
class Task:
    """One dictionary: what it is, and by which numbers it is fitted."""

    section: DictionarySection
    n_inputs: int
    latents: int
    learning_rate: float
    init: int
    order: int
    """Seeds of the initial dictionary and of its batches."""


@dataclass(frozen=True)
class Stored(Task):
    """A dictionary that is fitted to stored activations."""

    activations: Tensor
    """(sample, input)."""
    normalised: bool
    """Whether it is given scaled activations, and starts at their mean."""
    scale: Callable[[Tensor], Tensor] = scalar_scale
    """From activations (source, sample, input) to the scale of each source; by default the mean
    norm becomes sqrt(input)."""


@dataclass(frozen=True)
class Fitted:
    """A dictionary after its training."""

    dictionary: Dictionary
    """An ensemble of one, so that what is measured of it does not depend on the company."""
    steps: np.ndarray
    """(checkpoint,)."""
    records: dict[str, np.ndarray]
    """What the recorder saw, each (checkpoint, ...)."""
    changes: dict[str, float]
    """`CHANGES` of its training; of the MCC where the truth is known."""


T = TypeVar("T", bound=Task)


class Curves(Recorder):
    """`CURVES` of each dictionary along its training.

    Args:
        truths: true directions, (feature, input) of each cell that is not padding.
        held_out: (sample, input) of each cell; the first 1024 samples are looked at.
    """

    def __init__(self, truths: Sequence[np.ndarray], held_out: Sequence[Tensor]) -> None:
        self._truths = truths
        self._padding = len(held_out) - len(truths)
        self._x = torch.stack([x[:CURVE_SAMPLES] for x in held_out])

    def record(self, ensemble: Ensemble, loss: Tensor) -> dict[str, Tensor]:
        assert isinstance(ensemble, Dictionary)
        rows = ensemble.directions().cpu().numpy()
        cosines = [recovery.cosines(r, t) for r, t in zip(rows, self._truths, strict=False)]
        matched = [recovery.mcc(c) for c in cosines] + [np.nan] * self._padding
        dead = (ensemble.encode(self._x.to(ensemble.scale.device)) <= 0).all(1)
        return {
            "curve_mcc": torch.tensor(matched),
            "curve_dead_fraction": dead.float().mean(1),
        }


def stored(tasks: Sequence[Stored]) -> Stream:
    """Minibatches of the tasks' activations; tasks may share them."""
    data = {id(task.activations): task.activations for task in tasks}
    places = {key: place for place, key in enumerate(data)}
    source = [places[id(task.activations)] for task in tasks]
    batch = tasks[0].section.dictionary_batch
    return TensorStream(
        torch.stack(list(data.values())), source, [task.order for task in tasks], batch
    )


def fit_all(
    tasks: Sequence[T],
    stream: Callable[[Sequence[T]], Stream],
    device: str,
    *,
    checkpoints: int = 1,
    recorder: Callable[[Sequence[T], int], Recorder] | None = None,
    frozen: Sequence[str] = (),
    least_cosine: float | None = None,
    truths: Sequence[np.ndarray] = (),
    convergence: bool = True,
    pack: int = PACK,
) -> list[Fitted]:
    """Fit one dictionary per task, those of one kind and size in one ensemble.

    Args:
        tasks: any number, of any kinds.
        stream: from the tasks of one ensemble, padding included, to their batches.
        device: where to fit; the stream's batches are there.
        checkpoints: how many evenly spaced steps the recorder looks at, the last one among them.
        recorder: from the tasks of one ensemble and how many of them are not padding.
        frozen: names of parameters that stay as they began.
        least_cosine: of each direction with where it began.
        truths: true directions (feature, input) of each task, where they are known.
        convergence: whether `CHANGES` are found, for which a copy is trained on from half of the
            steps on, and batches are drawn that no step sees.
        pack: ensembles are padded to a multiple of this; 1 where bits may depend on the company.

    Returns:
        The dictionaries in the order of the tasks; those with a penalty have unit directions.
    """
    found: dict[int, Fitted] = {}
    for places, packed, dictionary in _ensembles(tasks, device, pack):
        section = packed[0].section
        for name in frozen:
            _parameter(dictionary, name).requires_grad_(False)
        if "decoder" in frozen:  # norms that cannot grow
            dictionary.decoder.copy_(dictionary.directions())
        if least_cosine is not None:
            dictionary.keep_near(least_cosine)
        steps = section.dictionary_steps
        plan = FusedPlan(
            steps=steps,
            learning_rate=[task.learning_rate for task in packed],
            schedule=Schedule("linear_decay_second_half", steps, warm_up=section.warm_up),
            checkpoints=tuple(steps * (i + 1) // checkpoints - 1 for i in range(checkpoints)),
            convergence=convergence,
            pack=pack,
        )
        result = train_dictionary(
            dictionary,
            stream(packed),
            plan,
            None if recorder is None else recorder(packed, len(places)),
            keep=len(places),
            resample_at=[round(s * steps) for s in getattr(section, "resample_at", ())],
            resample_seeds=[task.init for task in packed],
            truths=[truths[place] for place in places] if truths else (),
        )
        if isinstance(dictionary, Penalised):
            dictionary.fold_norms()
        for row, place in enumerate(places):
            records = {name: values[row] for name, values in result.records.items()}
            moved = {name: float(values[row]) for name, values in result.changes.items()}
            found[place] = Fitted(single(dictionary, row), result.steps, records, moved)
    return [found[place] for place in range(len(tasks))]


def untrained(tasks: Sequence[Task], device: str) -> list[Dictionary]:
    """The dictionaries that `fit_all` begins with, each as an ensemble of one."""
    found: dict[int, Dictionary] = {}
    for places, _, dictionary in _ensembles(tasks, device, PACK):
        found |= {place: single(dictionary, row) for row, place in enumerate(places)}
    return [found[place] for place in range(len(tasks))]


def labelled(
    found: Sequence[Mapping[str, Any]],
    long_names: Mapping[str, str],
    outer: Mapping[str, Sequence[str]] | None = None,
    inner: Mapping[str, tuple[str, ...]] | None = None,
) -> xr.Dataset:
    """Rows from what was found of each dictionary, its `CHANGES` among it.

    Args:
        found: name to number or array, in row-major order of `cell` and the dims of `outer`.
        long_names: of the other variables to keep.
        outer: dims after `cell`, with their values.
        inner: dims of the variables that are arrays.
    """
    outer, inner = outer or {}, inner or {}
    shape = [len(values) for values in outer.values()]
    data, coords = {}, {d: coordinate(d, np.array(v, object), d) for d, v in outer.items()}
    moved = {name: text for name, (_, text) in CHANGES.items() if name in found[0]}
    for name, long_name in {**long_names, **moved}.items():
        array = np.stack([np.asarray(part[name]) for part in found]).astype(np.float32)
        dims = inner.get(name, ())
        values = array.reshape(-1, *shape, *array.shape[1:])
        data[name] = variable(("cell", *outer, *dims), values, long_name, "1")
        sizes = zip(dims, array.shape[1:], strict=True)
        coords |= {dim: coordinate(dim, np.arange(size), dim) for dim, size in sizes}
    return xr.Dataset(data, coords)


def _ensembles(
    tasks: Sequence[T], device: str, pack: int
) -> Iterator[tuple[list[int], list[T], Dictionary]]:
    """Places of the tasks that one ensemble can hold, these tasks with padding, and it."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for place, task in enumerate(tasks):
        section = task.section
        shared = SECTIONS[section.architecture].model_fields.keys() - {section.SPARSITY}
        common = section.model_dump_json(include=shared)
        groups.setdefault((common, task.n_inputs, task.latents), []).append(place)
    for places in groups.values():
        packed = padded([tasks[place] for place in places], pack)
        yield places, packed, _built(packed).to(device)


def _parameter(dictionary: Dictionary, name: str) -> torch.nn.Parameter:
    known = dict(dictionary.named_parameters())
    if name not in known:
        raise TegumError(
            f"{type(dictionary).__name__} dictionaries have no {name} to freeze; they have "
            f"{', '.join(known)}"
        )
    return known[name]


def _built(tasks: Sequence[Task]) -> Dictionary:
    section = tasks[0].section
    options = {name: getattr(section, name) for name in (*STARTS, *section.OPTIONS)}
    if isinstance(section, PenalisedSection):
        options["warm_up"] = round(section.penalty_warm_up * section.dictionary_steps)
        options["target_l0"] = section.target_l0
    if isinstance(section, LargestSection):
        options["dead_after"] = section.silence()
    scales = [_normalisation(task) for task in tasks]
    return build(
        section.architecture,
        sparsity=[task.section.sparsity for task in tasks],
        n_inputs=tasks[0].n_inputs,
        latents=tasks[0].latents,
        seeds=[task.init for task in tasks],
        scale=torch.stack([scale for scale, _ in scales]),
        centre=torch.stack([centre for _, centre in scales]),
        **options,
    )


def _normalisation(task: Task) -> tuple[Tensor, Tensor]:
    """The scale of the inputs, and where the decoder's bias begins, (input,)."""
    if not (isinstance(task, Stored) and task.normalised):
        return torch.ones(()), torch.zeros(task.n_inputs)
    x = task.activations[None]
    return task.scale(x)[0].cpu(), x.mean(1)[0].cpu()


def single(dictionary: Dictionary, cell: int) -> Dictionary:
    """One cell of an ensemble, as an ensemble of one."""
    alone = dictionary.select(slice(cell, cell + 1))
    assert isinstance(alone, Dictionary)
    return alone

"""Dictionaries on worlds of known features, and what they recover.

Rows: every measure of `compare.MEASURES`, the best |cos| of each feature, recovery and dead latents
along the training; with `details` also each latent and its direction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.fit import train_dictionary
from tegum.dictionaries.registry import build, sparsity_argument
from tegum.labels import coordinate, variable
from tegum.metrics import recovery
from tegum.models.ensemble import Ensemble
from tegum.studies.sae_recovery.compare import MEASURES, Held, coded, compare
from tegum.studies.sae_recovery.generate import world_of
from tegum.studies.sae_recovery.params import Dictionaries, Fit
from tegum.synthetic.batches import Stream
from tegum.synthetic.known_features import KnownFeatures
from tegum.training.loop import Result
from tegum.training.plan import Plan, padded
from tegum.training.recorders import Recorder
from tegum.training.schedules import Schedule

CURVE_SAMPLES = 1024
CURVES = {"curve_mcc": "matched |cos|", "curve_dead_fraction": "share of dead latents"}
DETAILS = {
    "latent_feature": "best-matching feature",
    "latent_cosine": "best |cos| with a true feature",
    "latent_firing": "share of samples in which the latent fires",
    "latent_precision": "precision of the latent's support",
    "latent_recall": "recall of the latent's support",
}


@dataclass(frozen=True)
class Task:
    """One dictionary: what it is fitted to, and by which numbers."""

    held: Held
    sparsity: float
    learning_rate: float
    init: int
    order: int
    """Seeds of the initial dictionary and of its batches."""


class Curves(Recorder):
    """Recovery of directions and share of dead latents on fresh samples, per cell."""

    def __init__(self, tasks: Sequence[Task], keep: int) -> None:
        self._truths = [task.held.world.directions for task in tasks[:keep]]
        self._padding = len(tasks) - keep
        self._x = torch.stack([task.held.x[:CURVE_SAMPLES] for task in tasks])

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


def run(cells: Sequence[Any], rows: Mapping[str, xr.Dataset], context: Any) -> xr.Dataset:
    """Fit every cell; returns rows (cell, ...)."""
    made: dict[Any, Held] = {}

    def one(alike: Sequence[Any], generated: xr.Dataset) -> xr.Dataset:
        return _run(alike, held_out(alike, generated, made), context)

    return by_architecture(cells, rows["generate"], one)


def by_architecture(
    cells: Sequence[Any],
    generated: xr.Dataset,
    one: Callable[[Sequence[Any], xr.Dataset], xr.Dataset],
) -> xr.Dataset:
    """Rows of `one`, which is given the cells of one architecture at a time: one ensemble each."""
    parts: list[xr.Dataset] = []
    order: list[int] = []
    for name in dict.fromkeys(cell.params.architecture for cell in cells):
        places = [i for i, cell in enumerate(cells) if cell.params.architecture == name]
        parts.append(one([cells[i] for i in places], generated.isel(cell=places)))
        order += places
    joined = xr.concat(
        parts, "cell", data_vars="minimal", coords="minimal", compat="override", join="override"
    )
    return joined.isel(cell=np.argsort(order))


def _run(cells: Sequence[Any], held: Sequence[Held], context: Any) -> xr.Dataset:
    section: Fit = cells[0].params
    tasks = [
        Task(own, chosen(c.params, c.params.level), c.params.learning_rate, *_streams(c))
        for c, own in zip(cells, held, strict=True)
    ]
    pack = padded(tasks)
    stream = KnownFeatures(
        [t.held.world for t in pack], [t.order for t in pack], section.batch, context.device
    )
    steps = [section.steps * (i + 1) // section.checkpoints - 1 for i in range(section.checkpoints)]
    dictionary, result = train(
        pack, stream, section, context.device, Curves(pack, len(tasks)), tuple(steps)
    )
    alone = [single(dictionary, i) for i in range(len(tasks))]
    found = [compare(d, t.held, section.checked) for d, t in zip(alone, tasks, strict=True)]
    data = labelled(found, ("cell",))
    dims = ("cell", "checkpoint")
    for name, long_name in CURVES.items():
        values = result.records[name][: len(tasks)].astype(np.float32)
        data[name] = variable(dims, values, long_name, "1")
    features = range(len(found[0]["best_cosine"]))
    coords = {
        "checkpoint": coordinate("checkpoint", np.arange(len(steps)), "checkpoint"),
        "step": variable("checkpoint", result.steps, "step", "1"),
        "feature": coordinate("feature", np.array(features), "feature"),
    }
    if section.details:
        coords["latent"] = coordinate("latent", np.arange(section.latents), "latent")
        data |= _details([_looked_at(d, t.held) for d, t in zip(alone, tasks, strict=True)])
    return xr.Dataset(data, coords)


def chosen(section: Dictionaries, level: int) -> float:
    """The sparsity of one level."""
    return section.sparsities[section.architecture][level]


def held_out(
    cells: Sequence[Any], generated: xr.Dataset, made: dict[Any, Held] | None = None
) -> list[Held]:
    """Fresh samples of each cell's world; cells of one world share the objects, kept in `made`."""
    made = {} if made is None else made
    found = []
    for index, cell in enumerate(cells):
        section = cell.upstream["generate"]
        key = section, cell.seed
        if key not in made:
            row = generated.isel(cell=index)
            world = world_of(row, section)
            features = world.features(cell.stream("evaluation"), cell.params.held_out)
            bias = row["bias"].values if section.generator == "toy_model" else None
            made[key] = Held(world, features, world.activations(features), bias)
        found.append(made[key])
    return found


def train(
    tasks: Sequence[Task],
    stream: Stream,
    section: Dictionaries,
    device: str,
    recorder: Recorder | None = None,
    checkpoints: tuple[int, ...] | None = None,
    frozen: bool = False,
) -> tuple[Dictionary, Result]:
    """Train one dictionary per task, in one ensemble; with `frozen`, the encoders only."""
    dictionary = untrained(tasks, section).to(device)
    dictionary.decoder.requires_grad_(not frozen)
    steps = section.steps
    plan = Plan(
        steps=steps,
        learning_rate=[task.learning_rate for task in tasks],
        schedule=Schedule("linear_decay_second_half", steps, warm_up=section.warm_up),
        checkpoints=(steps - 1,) if checkpoints is None else checkpoints,
    )
    again = section.resample_at if section.architecture == "standard" else []
    result = train_dictionary(
        dictionary,
        stream,
        plan,
        recorder,
        resample_at=[round(share * steps) for share in again],
        resample_seeds=[task.init for task in tasks],
    )
    return dictionary, result


def untrained(tasks: Sequence[Task], section: Dictionaries) -> Dictionary:
    """Fresh dictionaries, one per task."""
    name = section.architecture
    options: dict[str, Any] = {}
    values: list[Any] = [task.sparsity for task in tasks]
    if sparsity_argument(name) == "k":
        values = [int(value) for value in values]
        options = {"auxiliary_weight": section.auxiliary_weight, "dead_after": section.dead_after}
    else:
        options["warm_up"] = round(section.penalty_warm_up * section.steps)
    if name == "matryoshka":
        options["prefixes"] = section.prefixes
    if name == "jumprelu":
        options |= {"threshold": section.threshold, "bandwidth": section.bandwidth}
    if name == "standard":
        options["dead_after"] = section.dead_after
    return build(
        name,
        sparsity=values,
        n_inputs=tasks[0].held.x.shape[1],
        latents=section.latents,
        seeds=[task.init for task in tasks],
        **options,
    )


def single(dictionary: Dictionary, cell: int) -> Dictionary:
    """One dictionary as an ensemble of one, so that measuring does not depend on the company."""
    alone = dictionary.select(slice(cell, cell + 1))
    assert isinstance(alone, Dictionary)
    return alone


def labelled(found: Sequence[Mapping[str, Any]], dims: tuple[str, ...]) -> dict[str, xr.Variable]:
    """The measures of each row as labelled variables, with the best |cos| of each feature."""
    data = {}
    for name, long_name in {**MEASURES, "best_cosine": "best |cos| of a feature"}.items():
        values = np.array([part[name] for part in found], dtype=np.float32)
        inner = ("feature",) if name == "best_cosine" else ()
        data[name] = variable((*dims, *inner), values, long_name, "1")
    return data


def _streams(cell: Any) -> tuple[int, int]:
    return cell.stream("init"), cell.stream("data")


def _looked_at(dictionary: Dictionary, held: Held) -> dict[str, np.ndarray]:
    """Every latent."""
    codes, _ = coded(dictionary, held.x)
    rows = dictionary.directions()[0].cpu().numpy()
    similarity = recovery.cosines(rows, held.world.directions)
    supports = recovery.supports(codes, held.active, similarity)
    return {
        "latent_feature": similarity.argmax(1),
        "latent_cosine": similarity.max(1),
        "latent_firing": (codes > 0).mean(0),
        "latent_precision": supports.precision,
        "latent_recall": supports.recall,
        "directions": rows,
    }


def _details(found: Sequence[Mapping[str, np.ndarray]]) -> dict[str, xr.Variable]:
    data = {}
    for name, long_name in {**DETAILS, "directions": "unit direction"}.items():
        values = np.stack([part[name] for part in found]).astype(np.float32)
        dims = ("cell", "latent", "input")[: values.ndim]
        data[name] = variable(dims, values, long_name, "1")
    return data

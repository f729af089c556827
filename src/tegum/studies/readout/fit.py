"""TopK dictionaries on activations, and how well they explain them and serve the readout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.dictionaries.fit import fit_dictionary, scalar_scale
from tegum.dictionaries.topk import TopK
from tegum.labels import variable
from tegum.metrics import reconstruction, recovery
from tegum.metrics.geometry import unit
from tegum.models.softmax import HiddenReadout
from tegum.studies.readout.params import Fit, Train
from tegum.studies.readout.recovered import Served, served
from tegum.synthetic.draws import EMBEDDER, Draws
from tegum.synthetic.subsets import SubsetStream
from tegum.training.plan import Plan, padded
from tegum.training.schedules import Schedule

MEASURES = {
    "fvu": "fraction of variance unexplained",
    "l0": "active latents per sample",
    "dead_fraction": "share of dead latents",
}
SERVED = {
    "cross_entropy_recovered": "share of the cross-entropy recovered",
    "loss_recovered": "share of the head's own loss recovered",
}


@dataclass(frozen=True)
class Source:
    """What one dictionary is fitted to, and on what it is judged."""

    fitted: Tensor
    """(sample, input)."""
    held_out: Tensor
    """(sample, input)."""
    init: int
    order: int
    """Seeds of the initial dictionary and of its minibatches."""
    read: Served | None = None
    """What reads held-out activations, where something does."""


def run(cells: Sequence[Any], rows: Mapping[str, xr.Dataset], context: Any) -> xr.Dataset:
    """Fit one dictionary per cell; returns rows (cell,)."""
    found = sources(cells, [c.params for c in cells], rows, context.device)
    return labelled(judged(found, cells[0].params), ())


def sources(
    cells: Sequence[Any], sections: Sequence[Fit], rows: Mapping[str, xr.Dataset], device: str
) -> list[Source]:
    """The activations of each cell, synthetic or of the models in `rows`."""
    if sections[0].dataset != "hidden":
        return [_synthetic(c, p, device) for c, p in zip(cells, sections, strict=True)]
    models = [rows["train"].isel(cell=i) for i in range(len(cells))]
    each = zip(cells, sections, models, strict=True)
    return [_hidden(cell, section, row, device) for cell, section, row in each]


def directions(section: Fit, seed: int) -> np.ndarray:
    """Directions of the features, (feature, input): orthonormal, or random of unit norm."""
    d = section.n_inputs
    if section.dataset == "orthonormal":
        return np.linalg.qr(Draws(seed).normal((d, d), EMBEDDER))[0]
    rows = Draws(seed).normal((section.crowding * d, d), EMBEDDER)
    return unit(rows)


def _synthetic(cell: Any, section: Fit, device: str) -> Source:
    rows = torch.from_numpy(directions(section, cell.stream("data"))).to(device)
    fitted, held_out = (
        _features(cell.stream(purpose), len(rows), section.features_active, count, device) @ rows
        for purpose, count in (("data", section.samples), ("evaluation", section.held_out))
    )
    return Source(fitted, held_out, cell.stream("init"), cell.stream("data"))


@torch.no_grad()
def _hidden(cell: Any, section: Fit, row: xr.Dataset, device: str) -> Source:
    train: Train = cell.upstream["train"]
    model = loaded(train, row).to(device)
    features, fresh = (
        _features(cell.stream(purpose), train.n_features, train.n_active, count, device)
        for purpose, count in (("data", section.samples), ("evaluation", section.held_out))
    )
    fitted, held_out = (model.hidden(x[None])[0] for x in (features, fresh))
    read = served(model, fitted, features, held_out, fresh)
    return Source(fitted, held_out, cell.stream("init"), cell.stream("data"), read)


def loaded(train: Train, row: xr.Dataset) -> HiddenReadout:
    """The trained model of one row."""
    assert train.readout != "relu"
    model = HiddenReadout(
        n_features=train.n_features, width=train.n_dimensions, head=train.readout, seeds=[0]
    )
    state = {
        "encoder": row["encoder"].values[None],
        "readout": row["unembedding"].values[None],
        "hidden_bias": row["hidden_bias"].values[None, None],
        "bias": row["bias"].values[None, None],
    }
    model.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
    return model


def _features(seed: int, n_features: int, n_active: int, count: int, device: str) -> Tensor:
    """(sample, feature), exactly `n_active` of them uniform on (0, 1]."""
    drawn = SubsetStream(
        seeds=[seed],
        n_features=n_features,
        n_active=n_active,
        batch=count,
        magnitudes=True,
        device=device,
    )
    return drawn.batch(0)[0][0]


def judged(found: Sequence[Source], section: Fit) -> dict[str, np.ndarray]:
    """Fit a dictionary per source and judge it on held-out activations: arrays (source,)."""
    dictionary = _fitted(found, section)
    held_out = torch.stack([s.held_out for s in padded(list(found))])
    with torch.no_grad():
        codes = dictionary.encode(held_out)
        rebuilt = dictionary.decode(codes)
    measured = []
    for source, code, back in zip(found, codes, rebuilt, strict=False):
        inputs, latents = source.held_out.cpu().numpy(), code.cpu().numpy()
        row = {
            "fvu": reconstruction.fvu(inputs, back.cpu().numpy()),
            "l0": recovery.l0(latents),
            "dead_fraction": recovery.dead_fraction(latents),
        }
        if source.read is not None:
            row |= source.read.recovered(back)
        measured.append(row)
    return {name: np.array([row[name] for row in measured]) for name in measured[0]}


def _fitted(found: Sequence[Source], section: Fit) -> TopK:
    pad = padded(list(found))
    activations = torch.stack([s.fitted for s in found])
    place = padded(range(len(found)))
    dictionary = TopK(
        n_inputs=activations.shape[2],
        latents=section.expansion * activations.shape[2],
        k=section.top_k,
        seeds=[s.init for s in pad],
        scale=scalar_scale(activations)[place],
        centre=activations.mean(1)[place],
    ).to(activations.device)
    steps = section.dictionary_steps
    plan = Plan(
        steps=steps,
        learning_rate=section.dictionary_learning_rate,
        schedule=Schedule("linear_decay_second_half", steps),
        checkpoints=(steps - 1,),
    )
    order = [s.order for s in pad]
    batch = section.dictionary_batch
    fit_dictionary(dictionary, activations, place, order, plan, batch, keep=len(found))
    return dictionary


def labelled(found: Mapping[str, np.ndarray], outer: tuple[str, ...]) -> xr.Dataset:
    """Rows along `cell` and the dims `outer` from arrays of their shape."""
    names = {**MEASURES, **SERVED}
    return xr.Dataset(
        {
            name: variable(("cell", *outer), values.astype(np.float32), names[name], "1")
            for name, values in found.items()
        }
    )

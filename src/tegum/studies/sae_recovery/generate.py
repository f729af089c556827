"""Worlds of known features: directions, probabilities, dependence; or those of toy models."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.errors import TegumError
from tegum.labels import coordinate, variable
from tegum.metrics.geometry import unit
from tegum.studies.sae_recovery.params import Generate
from tegum.synthetic.known_features import ROOT, World

TOY_MODELS = "toy_superposition.geometry"
FIELDS = {
    "directions": ("feature", "input"),
    "probability": ("feature",),
    "parent": ("feature",),
    "loading": ("feature", "factor"),
    "gate": ("feature",),
}


def run(cells: Sequence[Any], rows: Mapping[str, xr.Dataset], context: Any) -> xr.Dataset:
    """Rows (cell, ...): the fields of a `World`, the marginal probabilities, a model's bias."""
    made = [_world(cell, rows) for cell in cells]
    data = {}
    for name, dims in FIELDS.items():
        values = np.stack([getattr(world, name) for world, _ in made])
        dtype = np.int64 if name in ("parent", "gate") else np.float32
        data[name] = variable(("cell", *dims), values.astype(dtype), name, "1")
    marginal = np.stack([world.marginal() for world, _ in made]).astype(np.float32)
    data["marginal"] = variable(("cell", "feature"), marginal, "feature probability", "1")
    bias = np.stack([bias for _, bias in made]).astype(np.float32)
    data["bias"] = variable(("cell", "feature"), bias, "output bias of the toy model", "1")
    sizes = dict(zip(FIELDS["directions"], made[0][0].directions.shape, strict=True))
    coords = {dim: coordinate(dim, np.arange(size), dim) for dim, size in sizes.items()}
    return xr.Dataset(data, coords)


def world_of(row: xr.Dataset, section: Generate) -> World:
    """The world of one row."""
    toy = section.generator == "toy_model"
    return World(
        row["directions"].values,
        row["probability"].values.astype(float),
        row["parent"].values,
        row["loading"].values.astype(float),
        row["gate"].values,
        section.gate_probability,
        "uniform" if toy else "normal",
        section.magnitude_deviation,
    )


def _world(cell: Any, rows: Mapping[str, xr.Dataset]) -> tuple[World, np.ndarray]:
    section: Generate = cell.params
    count, size = section.n_features, section.n_inputs
    rng = np.random.default_rng(cell.stream("data"))
    free, none = np.full(count, ROOT), np.zeros((count, section.factors))
    probability, bias = np.full(count, section.feature_probability), np.zeros(count)
    directions = unit(rng.standard_normal((count, size)))
    parent, loading, gate = free, none, free
    match section.generator:
        case "independent":
            if section.orthonormal:
                directions = _orthonormal(rng, count, size)
        case "hierarchy":
            parent = _parents(section)
            roots = parent == ROOT
            probability = np.where(roots, 0.0, section.child_share / max(section.branching, 1))
            probability[roots] = _zipf(section, int(roots.sum()))
            draw = unit(rng.standard_normal((count, section.factors)))
            loading = np.sqrt(section.correlation) * draw * roots[:, None]
        case "subspaces":
            gate = np.arange(count) * section.n_subspaces // count
            basis = _orthonormal(rng, size, size)
            within = np.arange(size) * section.n_subspaces // size
            own = within[None] == gate[:, None]
            directions = unit(rng.standard_normal((count, size)) * own) @ basis
        case "toy_model":
            directions, bias = _trained(rows, cell.seed, count, size)
    world = World(
        directions.astype(np.float32), probability, parent, loading, gate, section.gate_probability
    )
    return world, bias


def _parents(section: Generate) -> np.ndarray:
    """Parents of each feature: roots first, then the children of the first roots, in turn."""
    children = section.n_trees * section.branching
    roots = section.n_features - children
    if section.n_trees > roots:
        raise TegumError(
            f"{section.n_trees} trees with {section.branching} children each need more than "
            f"n_features = {section.n_features}; give more features or fewer trees."
        )
    return np.concatenate([np.full(roots, ROOT), np.arange(children) % max(section.n_trees, 1)])


def _zipf(section: Generate, roots: int) -> np.ndarray:
    """Probabilities of the roots, at most 0.5, whose mean is `feature_probability` before that."""
    weight = np.arange(1, roots + 1) ** -section.zipf_exponent
    return np.minimum(weight * (section.feature_probability / weight.mean()), 0.5)


def _trained(
    rows: Mapping[str, xr.Dataset], seed: int, count: int, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Columns of W, as rows, and the output bias of the model that was trained with this seed."""
    models = rows[TOY_MODELS]
    here = np.nonzero(models["seed"].values == seed)[0]
    shape = models.sizes["feature"], models.sizes["dimension"]
    if len(here) != 1 or shape != (count, size):
        raise TegumError(
            f"params/sae_recovery.yaml: inputs: {len(here)} toy models of seed {seed} with "
            f"{shape[0]} features in {shape[1]} dimensions; expected one with {count} in {size}: "
            "select one value of each axis but `seed`."
        )
    row = models.isel(cell=here[0])
    return row["weight"].values, row["bias"].values


def _orthonormal(rng: np.random.Generator, count: int, size: int) -> np.ndarray:
    """Haar-distributed orthonormal rows: (count, size)."""
    if count > size:
        raise TegumError(
            f"{count} directions cannot be orthonormal in {size} dimensions; give n_inputs of at "
            "least n_features, or orthonormal: false."
        )
    q, r = np.linalg.qr(rng.standard_normal((size, count)))
    return (q * np.sign(np.diag(r))).T

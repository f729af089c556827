"""What the tied models represent, how, and at what loss.

Every variable has the axes of the sweep first. `dimensionality` is D_i, which is also the capacity
C_i; `polytope` is the place in `metrics.geometry.NAMES` of the shape that a feature's component
has. `extra` of the section `measure` asks for what only some sweeps have.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.labels import coordinate, variable
from tegum.metrics import geometry
from tegum.studies.toy_superposition.tied import importances, probabilities
from tegum.synthetic.quadrature import product_rule
from tegum.theory import toy as toy_loss

Array = NDArray[Any]
Parts = dict[str, tuple[tuple[str, ...], Array, str]]
"""Variable to inner dims, values (axes..., inner...), long name."""

EXACT_NODES = 6


def measure(sweep: Any, train: xr.Dataset) -> xr.Dataset:
    """Measure one sweep of tied models."""
    axes = tuple(sweep.axes)
    shape = tuple(len(v) for v in sweep.axes.values())
    sections = [c.upstream["train"] for c in sweep.cells]
    chances = np.stack([probabilities(p) for p in sections]).reshape(*shape, -1)
    weights = np.stack([importances(p) for p in sections]).reshape(*shape, -1)
    kept = {str(n): train[n].transpose(*axes, ...).values for n in train.data_vars}
    found = _common(sweep, kept, chances, weights)
    for name in sweep.params.extra:
        found |= EXTRAS[name](sweep, kept, chances, weights)
    coords: dict[str, xr.Variable] = {a: train[a].variable for a in axes}
    coords |= {n: train[n].variable for n in ("step", "checkpoint", "feature", "dimension")}
    inner = {
        d: n
        for dims, v, _ in found.values()
        for d, n in zip(dims, v.shape[len(axes) :], strict=True)
    }
    coords |= {d: coordinate(d, np.arange(n), d) for d, n in inner.items() if d not in coords}
    return xr.Dataset(
        {
            name: variable((*axes, *dims), values.astype(np.float32), long_name, "1")
            for name, (dims, values, long_name) in found.items()
        },
        coords,
    )


def _common(sweep: Any, kept: dict[str, Array], chances: Array, importance: Array) -> Parts:
    weight, bias = kept["weight"].astype(float), kept["bias"].astype(float)
    norm = np.linalg.norm(weight, axis=-1)
    on = norm > sweep.params.represented_norm
    null = _null(sweep, chances, importance)
    dims = weight.shape[-1]
    size = (norm**2).sum(-1)
    each: Callable[..., Array] = np.vectorize(
        lambda w, m: geometry.components(w, m, sweep.params.neighbour_cosine),
        signature="(f,d),(f)->(f)",
    )
    last = kept["dimensionality"][..., -1, :]
    ratio = kept["evaluation_loss"] / null[..., None]
    return {
        "weight": (("feature", "dimension"), weight, "embedding of a feature"),
        "bias": (("feature",), bias, "bias"),
        "evaluation_loss": (("checkpoint",), kept["evaluation_loss"], "evaluation loss"),
        "loss_ratio": (("checkpoint",), ratio, "evaluation loss / null loss"),
        "norm": (("checkpoint", "feature"), kept["norm"], "norm of the embedding"),
        "dimensionality": (
            ("checkpoint", "feature"),
            kept["dimensionality"],
            "feature dimensionality",
        ),
        "superposition": (("feature",), geometry.superposition(weight), "superposition"),
        "component": (("feature",), each(weight, on), "component of the interference graph"),
        "n_represented": ((), on.sum(-1), "represented features"),
        "dimensions_per_feature": (
            (),
            np.divide(dims, size, out=np.full(size.shape, np.nan), where=size > 0),
            "dimensions per feature D*",
        ),
        "sum_dimensionality": ((), last.sum(-1), "sum of feature dimensionalities"),
        "benefit": ((), toy_loss.benefit(weight, importance), "missed feature benefit"),
        "interference": ((), toy_loss.interference(weight, importance), "interference"),
        "one_sparse_loss": (
            (),
            toy_loss.one_sparse_loss(weight, bias, importance),
            "loss of one active feature",
        ),
        "importance": (("feature",), importance, "importance"),
    }


def _null(sweep: Any, chances: Array, importance: Array) -> Array:
    """Loss of the best constant; a member of an anticorrelated set is as rare as the set is big."""
    sections = [c.upstream["train"] for c in sweep.cells]
    share = [p.set_size if p.correlation == "anticorrelated" else 1 for p in sections]
    return toy_loss.null_loss(
        chances / np.reshape(share, chances.shape[:-1])[..., None], importance
    )


def _polytopes(sweep: Any, kept: dict[str, Array], *_: Array) -> Parts:
    params = sweep.params
    weight = kept["weight"].astype(float)
    on = np.linalg.norm(weight, axis=-1) > params.represented_norm
    codes: Callable[..., Array] = np.vectorize(
        lambda w, m: geometry.polytope_codes(
            w, m, params.neighbour_cosine, params.polytope_tolerance
        ),
        signature="(f,d),(f)->(f)",
    )
    return {"polytope": (("feature",), codes(weight, on), "polytope of a feature's component")}


def _attack(sweep: Any, kept: dict[str, Array], chances: Array, _: Array) -> Parts:
    """Vulnerability of each model, and of one that gives its dimensions to as many features."""
    params, shape = sweep.params, chances.shape[:-1]
    found, plain = np.empty(shape), np.empty(shape)
    for at, cell in zip(np.ndindex(shape), sweep.cells, strict=True):
        rng = np.random.default_rng(cell.stream("evaluation"))
        size = (params.attack_samples, chances.shape[-1])
        inputs = rng.uniform(size=size) * (rng.uniform(size=size) < chances[at])
        budget = params.attack_budget * float(np.linalg.norm(inputs, axis=1).mean())
        weight, bias = kept["weight"][at], kept["bias"][at]
        dedicated = np.eye(*weight.shape)
        found[at] = toy_loss.vulnerability(weight, bias, inputs, budget)
        plain[at] = toy_loss.vulnerability(dedicated, np.zeros_like(bias), inputs, budget)
    return {
        "vulnerability": (
            (),
            found / plain,
            "relative adversarial vulnerability",
        )
    }


def _phase(sweep: Any, kept: dict[str, Array], chances: Array, importance: Array) -> Parts:
    """Classes of the trained models and losses of the candidate solutions."""
    weight = kept["weight"]
    ratio, p = importance[..., -1], chances[..., 0]
    first = sweep.cells[0].upstream["train"]
    if first.n_features == 3:
        loss, solution = toy_loss.candidates_3(ratio, p), toy_loss.solution_3
    else:
        solution = toy_loss.solution_2
        loss = (toy_loss.candidates_2 if first.with_bias else toy_loss.candidates_2_unbiased)(
            ratio, p
        )
    return {
        "solution": ((), solution(weight, sweep.params.represented_norm), "solution, trained"),
        "solution_theory": ((), loss.argmin(-1), "solution, theory"),
        "loss_theory": (("candidate",), loss, "loss of a candidate solution"),
    }


def _sets(sweep: Any, kept: dict[str, Array], *_: Array) -> Parts:
    """Cosines between the features."""
    cos = geometry.cosines(kept["weight"])
    return {"cosine": (("feature", "feature_other"), cos, "cosine between embeddings")}


def _exact(sweep: Any, kept: dict[str, Array], chances: Array, importance: Array) -> Parts:
    """Loss by quadrature with more nodes and no truncation."""
    weight, bias = kept["weight"].astype(float), kept["bias"].astype(float)
    found = np.empty(weight.shape[:-2])
    for at in np.ndindex(found.shape):
        points, mass = product_rule(chances[at], EXACT_NODES)
        error = points - np.maximum(points @ weight[at] @ weight[at].T + bias[at], 0)
        found[at] = mass @ (error**2 @ importance[at])
    return {"exact_loss": ((), found, "loss by quadrature")}


EXTRAS: dict[str, Callable[..., Parts]] = {
    "polytopes": _polytopes,
    "attack": _attack,
    "phase": _phase,
    "sets": _sets,
    "exact": _exact,
}

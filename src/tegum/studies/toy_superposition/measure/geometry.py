"""Polytopes that the components of the interference graph form, and adversarial vulnerability.

`polytope` is the place in `metrics.geometry.NAMES` of the shape that a feature's component has.
"""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.metrics import geometry
from tegum.studies.toy_superposition.measure.tied import Array, feature_probabilities, measured
from tegum.studies.toy_superposition.params import Geometry
from tegum.theory import toy


def by_cell(sweep: SweepView[Geometry], rows: Rows) -> xr.Dataset:
    """Measure one sweep of tied models, their polytopes and their vulnerability."""
    train, params = rows["train"], sweep.params
    weight = train["weight"].values.astype(float)
    near, tolerance = params.neighbour_cosine, params.polytope_tolerance
    represented = np.linalg.norm(weight, axis=-1) > params.represented_norm
    polytope = [
        geometry.polytope_codes(w, on, near, tolerance)
        for w, on in zip(weight, represented, strict=True)
    ]
    more = {"polytope": np.stack(polytope), "vulnerability": _vulnerability(sweep, train)}
    return measured("geometry", sweep, train, more)


def _vulnerability(sweep: SweepView[Geometry], train: xr.Dataset) -> Array:
    """Vulnerability over that of a model that gives its dimensions to as many features, (cell,)."""
    params = sweep.params
    weights, biases = train["weight"].values, train["bias"].values
    found = []
    for cell, chance, weight, bias in zip(
        sweep.cells, feature_probabilities(sweep), weights, biases, strict=True
    ):
        rng = np.random.default_rng(cell.stream("evaluation"))
        size = (params.attack_samples, chance.size)
        inputs = rng.uniform(size=size) * (rng.uniform(size=size) < chance)
        budget = params.attack_budget * float(np.linalg.norm(inputs, axis=1).mean())
        found.append(toy.relative_vulnerability(weight, bias, inputs, budget))
    return np.array(found)

"""Learning coefficients of linear networks by Langevin dynamics, beside their thresholds."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.learning_coefficient import gelman_rubin, inverse_temperature, langevin
from tegum.studies.simplicity.params import Linear
from tegum.studies.simplicity.schema import PARTS, SCHEMAS
from tegum.theory.learning_coefficient import deep_linear


def by_cell(sweep: SweepView[Linear], rows: Rows) -> xr.Dataset:
    """Estimates of each chain, their traces, and the thresholds: (cell, ...)."""
    groups: dict[str, list[int]] = {}
    for place, cell in enumerate(sweep.cells):
        alike = cell.params.model_copy(update={"start": "truth"}).model_dump_json()
        groups.setdefault(alike, []).append(place)
    found = {}
    for these in groups.values():
        found |= dict(zip(these, _estimated([sweep.cells[i] for i in these]), strict=True))
    values = {name: [found[i][name] for i in range(len(sweep.cells))] for name in found[0]}
    return SCHEMAS["measure/linear"].dataset(values)


def _estimated(cells: list[Cell[Linear]]) -> list[dict]:
    p = cells[0].params
    shapes = list(zip(p.widths[1:], p.widths[:-1], strict=True))
    problems = [_problem(c) for c in cells]
    best = np.stack([found[0] for found in problems])[:, None]
    moments = np.stack([found[1] for found in problems])[:, None]
    start = np.stack([found[2] for found in problems])
    n_beta = inverse_temperature(p.samples)

    def gradient(weights: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
        layers = _layers(weights, shapes)
        below = [layers[0]]
        for layer in layers[1:]:
            below.append(layer @ below[-1])
        apart = below[-1] - best
        slope = apart @ moments
        loss = (apart * slope).sum((-2, -1)) / 2
        slopes = []
        for number in range(len(layers) - 1, 0, -1):
            slopes.append(slope @ below[number - 1].swapaxes(-1, -2))
            slope = layers[number].swapaxes(-1, -2) @ slope
        slopes.append(slope)
        return loss, np.concatenate([_flat(s) for s in reversed(slopes)], -1)

    losses = langevin(
        gradient,
        start,
        [c.stream("evaluation") for c in cells],
        chains=p.chains,
        draws=p.draws,
        burn_in=p.burn_in,
        step_size=p.step_size,
        n_beta=n_beta,
        localisation=p.localisation,
    )
    above = n_beta * (losses - gradient(start[:, None], 0)[0][..., None])
    return [
        {
            "llc": each.mean(-1),
            "rhat": float(gelman_rubin(each)),
            "trace": [part.mean() for part in np.array_split(each, PARTS, axis=-1)],
            "rlct": deep_linear(p.widths, p.rank),
            "half_parameters": start.shape[1] / 2,
        }
        for each in above
    ]


def _layers(weights: np.ndarray, shapes: list[tuple[int, int]]) -> list[np.ndarray]:
    """Matrices (..., output, input) of flat parameters (..., parameter)."""
    sizes = np.cumsum([a * b for a, b in shapes])[:-1]
    parts = np.split(weights, sizes, axis=-1)
    return [w.reshape(*w.shape[:-1], *s) for w, s in zip(parts, shapes, strict=True)]


def _flat(matrices: np.ndarray) -> np.ndarray:
    return matrices.reshape(*matrices.shape[:-2], -1)


def _problem(cell: Cell[Linear]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least-squares map (output, input), second moments of the inputs, and the start, flat."""
    p, rng = cell.params, np.random.default_rng(cell.stream("data"))
    n_in, n_out = p.widths[0], p.widths[-1]
    left = np.linalg.qr(rng.standard_normal((n_out, n_out)))[0][:, : p.rank]
    right = np.linalg.qr(rng.standard_normal((n_in, n_in)))[0][:, : p.rank]
    truth = left @ right.T
    x = rng.standard_normal((p.samples, n_in))
    y = x @ truth.T + rng.standard_normal((p.samples, n_out))
    moments = x.T @ x / p.samples
    best = np.linalg.solve(moments, x.T @ y / p.samples).T
    if p.start == "truth":
        factors = left, np.ones(p.rank), right.T
    else:
        # The best map of a rank is the truncated one in the metric of the inputs.
        root = np.linalg.cholesky(moments)
        u, s, v = np.linalg.svd(best @ root, full_matrices=False)
        rank = min(p.widths)
        factors = u[:, :rank], s[:rank], np.linalg.solve(root.T, v[:rank].T).T
    return best, moments, _spread(*factors, p.widths)


def _spread(
    left: np.ndarray, sizes: np.ndarray, right: np.ndarray, widths: list[int]
) -> np.ndarray:
    """A product of three factors as a linear network, flat: as much of the sizes in each layer,
    and nothing in the neurons that the rank does not need, where the truth is most degenerate."""
    rank, depth = len(sizes), len(widths) - 1
    layers = []
    for number, (fan_out, fan_in) in enumerate(zip(widths[1:], widths[:-1], strict=True)):
        layer = np.zeros((fan_out, fan_in))
        inner = np.diag(sizes ** (1 / depth))
        if number == 0:
            layer[:rank] = inner @ right
        elif number == depth - 1:
            layer[:, :rank] = left @ inner
        else:
            layer[:rank, :rank] = inner
        layers.append(layer.ravel())
    return np.concatenate(layers)

"""Quadratic models beside their closed forms: bounds, curves, phases, allocations, directions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.metrics.capacity import capacities, spectral_blocks
from tegum.studies.capacity.grids import dataset, flat, trained, widths
from tegum.studies.capacity.problems import ratios, values
from tegum.theory import quadratic as theory
from tegum.theory.packing import harmonic_frame

Rows = Mapping[str, xr.Dataset]

CONSTRUCTIONS = ("random", "tight frame", "orthogonal blocks")
CURVE = np.linspace(0.0, 1.0, 41)
SAMPLES, SAMPLE_BLOCKS = 4096, 16
"""Monte Carlo of the loss: samples of a block, and independent blocks, which give its error."""


def invariants(sweep: Any, rows: Rows) -> xr.Dataset:
    """Capacities of random matrices and of matrices built to be efficient; `rows` is empty."""
    least, largest, total, rank = [], [], [], []
    for cell in sweep.cells:
        n, width = cell.axes["n_features"], cell.axes["width"]
        rng = np.random.default_rng(cell.stream("init"))
        made = [rng.normal(size=(n, width)) * rng.lognormal(size=(n, 1))]
        rotation = np.linalg.qr(rng.normal(size=(width, width)))[0]
        made.append(np.asarray(harmonic_frame(n, width)) @ rotation)
        made.append(_blocks(n, width) @ rotation)
        found = [capacities(w) for w in made]
        least.append([c.min() for c in found])
        largest.append([c.max() for c in found])
        total.append([c.sum() for c in found])
        rank.append([np.linalg.matrix_rank(w) for w in made])
    inner = ("construction",)
    return dataset(
        sweep,
        {
            "capacity_min": (inner, least, "smallest capacity"),
            "capacity_max": (inner, largest, "largest capacity"),
            "capacity_sum": (inner, total, "sum of capacities"),
            "rank": (inner, np.asarray(rank, float), "rank of the weights"),
        },
        {"construction": list(CONSTRUCTIONS)},
    )


def curves(sweep: Any, rows: Rows) -> xr.Dataset:
    """Marginal-return curves of two features at points of the phase diagram, and the optimum."""
    returns, chosen, at, points = [], [], [], []
    for cell in sweep.cells:
        kurtosis, ratio = sweep.params.cases[cell.axes["case"]]
        value = np.array([1.0, ratio])
        second = float(theory.two_features(ratio, kurtosis))
        share = np.array([1.0 - second, second])
        returns.append(theory.marginal_return(CURVE, value[:, None], kurtosis))
        chosen.append(share)
        at.append(theory.marginal_return(share, value, kurtosis))
        points.append((kurtosis, ratio))
    kurtosis, ratio = np.transpose(points)
    return dataset(
        sweep,
        {
            "marginal_return": (("feature", "capacity"), returns, "marginal return"),
            "capacity_best": (("feature",), chosen, "optimal capacity"),
            "return_best": (("feature",), at, "marginal return at the optimum"),
            "kurtosis": ((), kurtosis, "kurtosis"),
            "ratio": ((), ratio, "value ratio v_2 / v_1"),
        },
        {"capacity": CURVE},
    )


def phase(sweep: Any, rows: Rows) -> xr.Dataset:
    """Two features in one dimension: trained capacities and losses beside the closed forms."""
    embedding = flat(rows["train"]["embedding"], sweep)
    each = trained(sweep)
    value = np.stack([values(p) for p in each])
    kurtosis = np.array([p.kurtosis for p in each])[:, None]
    second = theory.two_features(value[..., 1], kurtosis)
    predicted = np.stack([1.0 - second, second], axis=-1)
    loss = theory.feature_loss(predicted, value, kurtosis[..., None]).sum(-1)
    return dataset(
        sweep,
        {
            "capacity": (
                ("ratio", "feature"),
                capacities(embedding).astype(np.float32),
                "capacity",
            ),
            "width": widths(sweep),
            "loss": (("ratio",), theory.quadratic_loss(embedding, value, kurtosis), "loss"),
        },
        {"ratio": ratios(each[0])},
        {
            "capacity_best": (("ratio", "feature"), predicted, "optimal capacity"),
            "loss_best": (("ratio",), loss, "loss of the optimal allocation"),
            "returns_sign": ((), np.sign(3.0 - kurtosis[:, 0]), "sign of the slope of the returns"),
        },
    )


def allocation(sweep: Any, rows: Rows) -> xr.Dataset:
    """Many features: capacities, spectra and blocks beside the water-filling; directions."""
    embedding = flat(rows["train"]["embedding"], sweep)
    each = trained(sweep)
    value = np.stack([values(p) for p in each])
    kurtosis = np.array([p.kurtosis for p in each])
    best, level = zip(
        *(theory.water_filling(v, p.width, p.kurtosis) for v, p in zip(value, each, strict=True)),
        strict=True,
    )
    loss_best = theory.feature_loss(np.stack(best), value, kurtosis[:, None]).sum(-1)
    blocks = [spectral_blocks(w, sweep.params.block_tolerance) for w in embedding]
    moment = np.swapaxes(embedding, 1, 2) @ embedding
    gram = embedding @ np.swapaxes(embedding, 1, 2)
    capacity = capacities(embedding)
    sampled = [
        _sampled_loss(w, v, k, cell.stream("evaluation"))
        for w, v, k, cell in zip(embedding, value, kurtosis, sweep.cells, strict=True)
    ]
    searched = _directions(sweep, embedding, value, kurtosis)
    one = ("feature",)
    return dataset(
        sweep,
        {
            "capacity": (one, capacity, "capacity"),
            "norm": (one, (embedding**2).sum(-1), "squared norm of an embedding vector"),
            "marginal_return": (
                one,
                theory.marginal_return(capacity, value, kurtosis[:, None]),
                "marginal return",
            ),
            "eigenvalue": (("hidden",), np.linalg.eigvalsh(moment)[:, ::-1], "eigenvalue of WW^T"),
            "block": (one, [b for b, _ in blocks], "block"),
            "leak": (one, [leak for _, leak in blocks], "share outside of the block"),
            "width": widths(sweep),
            "loss": ((), theory.quadratic_loss(embedding, value, kurtosis), "loss"),
            "loss_sampled": ((), [m for m, _ in sampled], "Monte Carlo estimate of the loss"),
            "loss_sampled_error": ((), [e for _, e in sampled], "its standard error"),
            **searched,
        },
        {"search": ["closed form", "added neuron", "random"]},
        {
            "capacity_best": (one, np.stack(best), "optimal capacity"),
            "loss_best": ((), loss_best, "loss of the optimal allocation"),
            "level": ((), level, "common marginal return lambda"),
            "value": (one, value, "value of a feature"),
            # One seed's is enough to look at.
            "gram": (("feature", "feature_other"), gram.astype(np.float32), "W_i . W_j"),
        },
    )


def _blocks(n: int, width: int) -> np.ndarray:
    """A dedicated feature and two tight frames of different eigenvalue on orthogonal subspaces."""
    first = (width - 1) // 2
    sizes = [(1, 1), ((n - 1) // 2, first), (n - 1 - (n - 1) // 2, width - 1 - first)]
    whole = np.zeros((n, width))
    row, column = 0, 0
    for scale, (features, dims) in zip((1.5, 1.0, 0.6), sizes, strict=True):
        frame = np.eye(1) if features == 1 else np.asarray(harmonic_frame(features, dims))
        whole[row : row + features, column : column + dims] = scale * frame
        row, column = row + features, column + dims
    return whole


def _sampled_loss(
    embedding: np.ndarray, value: np.ndarray, kurtosis: float, seed: int
) -> tuple[float, float]:
    """Loss on inputs in {-s, 0, s}, s^2 = kurtosis: mean over blocks, and its standard error."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(SAMPLE_BLOCKS):
        uniform = rng.random((SAMPLES, value.size)) * 2.0 - 1.0
        x = np.where(np.abs(uniform) < 1.0 / kurtosis, np.sign(uniform), 0.0) * np.sqrt(kurtosis)
        error = ((x @ embedding) ** 2).sum(1) - x**2 @ value
        found.append(error.var(ddof=1))
    return float(np.mean(found)), float(np.std(found, ddof=1) / np.sqrt(SAMPLE_BLOCKS))


def _directions(
    sweep: Any, embedding: np.ndarray, value: np.ndarray, kurtosis: np.ndarray
) -> dict[str, tuple[tuple[str, ...], Any, str]]:
    """Directions of large marginal return: how pure they are, and the best features beside them.

    Searched with the closed form, taken as the best one for an added neuron, or drawn at random.
    """
    purity, returns, true, pure = [], [], [], []
    for w, v, k, cell in zip(embedding, value, kurtosis, sweep.cells, strict=True):
        rng = np.random.default_rng(cell.stream("control"))
        random = rng.normal(size=v.size)
        random /= np.linalg.norm(random)
        found = theory.steepest_direction(w, v, float(k), sweep.params.starts, rng)
        three = np.stack([found, theory.added_neuron(w, v, float(k))[0], random])
        purity.append((three**2).max(1))
        returns.append(theory.direction_return(three, w, v, float(k))[1])
        true.append(theory.marginal_return(capacities(w), v, k).max())
        ends = theory.marginal_return(np.array([[0.0], [1.0]]), v, k)
        pure.append(ends.max())
    return {
        "purity": (("search",), purity, "max_i q_i^2 of the direction found"),
        "return_found": (("search",), returns, "marginal return of the direction found"),
        "return_true": ((), true, "largest marginal return of a feature"),
        "return_pure": ((), pure, "largest g(0) or g(1) of a feature"),
    }

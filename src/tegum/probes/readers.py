"""Readers of contrast pairs: fitted on one half of the pairs, measured on the other.

CCS (Burns et al. 2022), the top principal component of the differences (CRC-TPC, there, section
3.4), 2-means and a Gaussian mixture of two with tied covariance on the differences, balanced
logistic regression on them (their ceiling, which sees the labels), and two controls: CCS probes
before training and a random direction. A second control permutes the labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture

from tegum.labels import coordinate, variable
from tegum.metrics import contrast as metric
from tegum.metrics.auroc import auroc
from tegum.models.contrast import LinearProbe
from tegum.synthetic.pairs import Pairs
from tegum.training.contrast import Search, losses_and_scores, searched

Array = NDArray[np.floating]
Affine = tuple[Array, float]
"""Weights (input,) and bias of a score that is affine in a pair's difference."""

READERS = ("ccs", "tpc", "kmeans", "gmm", "logistic", "ccs_untrained", "random")
CONTROLS = ("none", "shuffled")
NORMALISATIONS = ("train", "test")
THRESHOLDS = ("zero", "otsu")
BINS, REACH = 40, 3.0
RIDGE = 1e-6
"""Added to the mixture's covariance, in units of the mean variance."""

_AT = ("cell", "control", "reader", "normalisation")
MEASURES: dict[str, tuple[tuple[str, ...], str]] = {
    "accuracy": ((*_AT, "threshold"), "accuracy"),
    "balanced_accuracy": ((*_AT, "threshold"), "balanced accuracy"),
    "accuracy_distractor": ((*_AT, "threshold"), "accuracy on the distractor"),
    "accuracy_disagreeing": ((*_AT, "threshold"), "accuracy where the distractor disagrees"),
    "auroc": (_AT, "area under the ROC curve"),
    "flipped": (_AT[:3], "whether the training labels turned the score"),
    "cos_truth": (("cell", "reader"), "|cos| with the truth direction"),
    "cos_distractor": (("cell", "reader"), "|cos| with the distractor direction"),
    "cos_logistic": (("cell", "reader"), "|cos| with the logistic direction"),
    "difference": (("cell",), "largest difference between the members of a pair"),
    "loss": (("cell", "try"), "CCS loss of a try"),
    "try_accuracy": (("cell", "try"), "accuracy of a try, either sign"),
    "try_accuracy_distractor": (("cell", "try"), "accuracy of a try on the distractor"),
    "histogram": (("cell", "reader", "label", "bin"), "test pairs in a bin of the score"),
    "cut": (("cell", "reader"), "Otsu threshold in units of the scores' root mean square"),
}
"""What is measured: dims and long name. NaN where a direction or a distractor is not known."""


@dataclass(frozen=True)
class Split:
    """Pairs to fit on and pairs to measure on."""

    train: Pairs
    test: Pairs
    seed: int
    """Of the probes' initial weights and of 2-means and the mixture."""
    control_seed: int
    """Of the random direction and of the permuted labels."""
    directions: Array | None = None
    """(2, input): truth and distractor, where they are known."""


@dataclass(frozen=True)
class Options:
    """How pairs are read."""

    search: Search = field(default_factory=Search)
    divide_by_std: bool = False
    """Whether a normalised member also has unit variance in every dimension."""


def analyse(splits: Sequence[Split], options: Options, device: str = "cpu") -> xr.Dataset:
    """Fit all methods on every split (equal shapes) and measure them: `MEASURES`, dim `cell`."""
    sides = [_normalised(s, options) for s in splits]
    stacks = [torch.from_numpy(np.stack([s[0][i] for s in sides])).to(device) for i in (0, 1)]
    probes = searched(stacks[0], stacks[1], [s.seed for s in splits], options.search)
    parts = []
    for cell, split in enumerate(splits):
        sets = [tuple(torch.from_numpy(m).to(device) for m in pair) for pair in sides[cell]]
        losses, tries = zip(
            *(losses_and_scores(p, cell, sets[0], sets[1:]) for p in probes), strict=True
        )
        best = [int(found.argmin()) for found in losses]
        ccs = {}
        for name, scores, index in zip(("ccs_untrained", "ccs"), tries, best, strict=True):
            ccs[name] = [part[:, index].cpu().numpy() for part in scores]
        trained = probes[1]
        weights = np.full(stacks[0].shape[2], np.nan)
        if isinstance(trained, LinearProbe):
            weights = trained.weight[cell, :, best[1]].detach().cpu().numpy()
        of_tries = losses[1].cpu().numpy(), tries[1][1].cpu().numpy()
        parts.append(_measured(split, sides[cell], ccs, weights, *of_tries))
    found = {
        name: variable(dims, np.stack([p[name] for p in parts]).astype(np.float32), text, "1")
        for name, (dims, text) in MEASURES.items()
    }
    return xr.Dataset(found, _coordinates(options.search.tries))


def _normalised(split: Split, options: Options) -> list[tuple[Array, Array]]:
    """Both members of: the training pairs; the test pairs by their means; by their own means."""
    train, test = ((p.positive, p.negative) for p in (split.train, split.test))
    sets = ((train, train), (test, train), (test, test))
    return [
        (
            metric.normalise(pair[0], by[0], options.divide_by_std),
            metric.normalise(pair[1], by[1], options.divide_by_std),
        )
        for pair, by in sets
    ]


def affine_readers(differences: Array, labels: NDArray[np.bool_], seed: int) -> dict[str, Affine]:
    """Every method that reads the centred differences (sample, input) alone.

    The mixture's covariance is made definite in proportion to the data's variance, since hidden
    states may have more dimensions than there are different pairs.
    """
    differences = differences.astype(float)
    if not differences.any():
        names = ("tpc", "kmeans", "gmm", "logistic")
        return dict.fromkeys(names, logistic(differences, labels))
    number = seed % 2**32
    options: Any = {"n_init": 10, "random_state": number}
    component: Any = PCA(1, svd_solver="full").fit(differences).components_
    means: Any = KMeans(2, **options).fit(differences).cluster_centers_
    floor = RIDGE * float(differences.var(0).mean())
    mixture: Any = GaussianMixture(
        2, covariance_type="tied", n_init=3, random_state=number, reg_covar=floor
    )
    mixture.fit(differences)
    return {
        "tpc": (component[0], 0.0),
        "kmeans": _discriminant(means, np.eye(differences.shape[1]), 0.0),
        "gmm": _discriminant(
            mixture.means_,
            mixture.precisions_,
            float(np.log(mixture.weights_[1] / mixture.weights_[0])),
        ),
        "logistic": logistic(differences, labels),
    }


def logistic(differences: Array, labels: NDArray[np.bool_]) -> Affine:
    """Balanced logistic regression; zero where there is nothing to read."""
    if not differences.any():
        return np.zeros(differences.shape[1]), 0.0
    found = LogisticRegression(class_weight="balanced", max_iter=1000).fit(differences, labels)
    return found.coef_[0], float(found.intercept_[0])


def _discriminant(means: Array, precision: Array, offset: float) -> Affine:
    """Log odds of the second of two Gaussians of one covariance."""
    weights = precision @ (means[1] - means[0])
    return weights, offset - float((means[1] + means[0]) @ weights) / 2.0


def _measured(
    split: Split,
    sides: list[tuple[Array, Array]],
    ccs: dict[str, list[Array]],
    ccs_weights: Array,
    losses: Array,
    try_scores: Array,
) -> dict[str, Array]:
    train, test = split.train, split.test
    rng = np.random.default_rng(split.control_seed)
    order, test_order = rng.permutation(len(train.labels)), rng.permutation(len(test.labels))
    differences: list[Array] = [positive - negative for positive, negative in sides]
    readers = affine_readers(differences[0], train.labels, split.seed)
    readers["random"] = (rng.standard_normal(differences[0].shape[1]), 0.0)
    shuffled = readers | {"logistic": logistic(differences[0], train.labels[order])}
    plain, by_chance = (_scores(r, differences, ccs) for r in (readers, shuffled))
    found = [
        _scored(plain, train, train.labels, test, test.labels),
        _scored(by_chance, train, train.labels[order], test, test.labels[test_order]),
    ]
    joined = {name: np.stack([part[name] for part in found]) for name in found[0]}
    sign = np.where(joined["flipped"][0], -1.0, 1.0)
    vectors = {name: weights for name, (weights, _) in readers.items()} | {"ccs": ccs_weights}
    joined |= _cosines(vectors, split.directions) | _histograms(
        plain[0] * sign, plain[1] * sign, test.labels
    )
    said = try_scores > 0
    yes = np.zeros_like(test.labels) if test.distractor is None else test.distractor
    reached = metric.accuracy(said, test.labels), metric.accuracy(said, yes)
    either = [np.maximum(part, 1.0 - part) for part in reached]
    unknown = np.nan if test.distractor is None else 1.0
    return joined | {
        "difference": np.abs(train.positive - train.negative).max(),
        "loss": losses,
        "try_accuracy": either[0],
        "try_accuracy_distractor": either[1] * unknown,
    }


def _scores(
    readers: dict[str, Affine], differences: list[Array], ccs: dict[str, list[Array]]
) -> list[Array]:
    """Scores (sample, method) of the three sets of pairs."""
    affine = {n: [d @ w + b for d in differences] for n, (w, b) in readers.items()}
    by = affine | ccs
    return [np.stack([by[name][i] for name in READERS], axis=1) for i in range(3)]


def _scored(
    scores: list[Array],
    train: Pairs,
    train_labels: NDArray[np.bool_],
    test: Pairs,
    labels: NDArray[np.bool_],
) -> dict[str, Array]:
    """Measures of scores whose sign the training labels set, and for the distractor its own."""
    flipped = auroc(scores[0], train_labels) < 0.5
    sign = np.where(flipped, -1.0, 1.0)
    scores = [part * sign for part in scores]
    cuts = np.stack([np.zeros(len(READERS)), metric.otsu_threshold(scores[0])], axis=1)
    unknown = np.nan if test.distractor is None else 0.0
    theirs, mine = (
        np.zeros_like(p.labels) if p.distractor is None else p.distractor for p in (test, train)
    )
    turned = ~(auroc(scores[0], mine) >= 0.5)
    disagree = theirs != labels
    table: dict[str, list[Array]] = {}
    for part in scores[1:]:
        said = part[:, :, None] > cuts
        found = {
            "accuracy": metric.accuracy(said, labels),
            "balanced_accuracy": metric.balanced_accuracy(said, labels),
            "accuracy_distractor": metric.accuracy(said ^ turned[:, None], theirs) + unknown,
            "accuracy_disagreeing": unknown
            + (said[disagree] == labels[disagree][:, None, None]).sum(0)
            / (disagree.sum() or np.nan),
            "auroc": auroc(part, labels),
        }
        for name, value in found.items():
            table.setdefault(name, []).append(value)
    stacked = {name: np.stack(values, axis=1) for name, values in table.items()}
    return stacked | {"flipped": flipped.astype(float)}


def _cosines(vectors: dict[str, Array], directions: Array | None) -> dict[str, Array]:
    size = len(vectors["tpc"])
    known = np.full((2, size), np.nan) if directions is None else directions
    rows = np.stack([vectors.get(name, np.full(size, np.nan)) for name in READERS])
    units = np.stack([*known, vectors["logistic"]])
    sizes = np.outer(np.linalg.norm(rows, axis=1), np.linalg.norm(units, axis=1))
    cosines = np.abs(rows @ units.T) / np.where(sizes > 0, sizes, np.nan)
    return dict(zip(("cos_truth", "cos_distractor", "cos_logistic"), cosines.T, strict=True))


def _histograms(train: Array, test: Array, labels: NDArray[np.bool_]) -> dict[str, Array]:
    """Test scores by class, and the cut, in units of the training scores' root mean square."""
    scale = np.maximum(np.sqrt((train**2).mean(0)), 1e-12)
    edges = np.linspace(-REACH, REACH, BINS + 1)
    inside = np.clip(test / scale, -REACH, REACH)
    counts = [
        [np.histogram(inside[labels == label, m], edges)[0] for label in (False, True)]
        for m in range(len(READERS))
    ]
    return {"histogram": np.asarray(counts), "cut": metric.otsu_threshold(train) / scale}


def _coordinates(tries: int) -> dict[str, xr.Variable]:
    named = {
        "control": CONTROLS,
        "reader": READERS,
        "normalisation": NORMALISATIONS,
        "threshold": THRESHOLDS,
        "label": ("false", "true"),
    }
    found = {d: coordinate(d, np.array(v, dtype=object), d) for d, v in named.items()}
    width = 2.0 * REACH / BINS
    bins = -REACH + width * (np.arange(BINS) + 0.5)
    return found | {
        "bin": coordinate("bin", bins, "score / root mean square of the scores"),
        "try": coordinate("try", np.arange(tries), "try"),
    }

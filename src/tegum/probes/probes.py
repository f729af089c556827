"""Probes: families from linear to MLP, and what they find beyond a control (selectivity).

Activations are (sample, dimension), labels (sample,) of two values, scores (sample,): positive
where the probe says yes, with a cut at which it says yes on the training samples as often as their
labels do. `l2` weighs half the squared norm of the weights against the mean loss of a sample.
Source: Hewitt and Liang 2019.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from tegum.metrics.auroc import weighted_auroc
from tegum.statistics import Interval

Array = NDArray[np.float64]
Measure = Callable[[ArrayLike, ArrayLike, ArrayLike], Array]
"""From scores (sample,), labels (sample,) and weights (resample, sample) to (resample,)."""

HIDDEN, COMPONENTS, STEPS = 32, 24, 200
"""Neurons of the MLP; principal components that the quadratic probe multiplies; most L-BFGS steps
of the MLP."""


def _linear(strength: float, seed: int, size: int) -> list:
    return [StandardScaler(), LogisticRegression(C=1 / strength, max_iter=1000)]


def _quadratic(strength: float, seed: int, size: int) -> list:
    products = PolynomialFeatures(2, include_bias=False)
    components = PCA(min(COMPONENTS, size), random_state=seed)
    return [StandardScaler(), components, products, *_linear(strength, seed, size)]


def _mlp(strength: float, seed: int, size: int) -> list:
    network = MLPClassifier(
        (HIDDEN,), solver="lbfgs", alpha=strength, max_iter=STEPS, random_state=seed
    )
    return [StandardScaler(), network]


Scored = tuple[ArrayLike, ArrayLike]
"""Scores and labels."""
FAMILIES = {"linear": _linear, "quadratic": _quadratic, "mlp": _mlp}
"""From the least to the most that a probe can say: logistic regression on standardised activations,
on products of their principal components, a network of one hidden layer."""


def probe_scores(
    family: str,
    train: ArrayLike,
    labels: ArrayLike,
    test: ArrayLike,
    *,
    l2: float = 0.01,
    seed: int = 0,
) -> Array:
    """Scores of `test` (sample, dimension) by a probe fitted to `train` and its `labels`."""
    x, y = np.asarray(train, float), np.asarray(labels, bool)
    probe = make_pipeline(*FAMILIES[family](l2 * len(x), seed, min(x.shape)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        probe.fit(x, y)
    return _log_odds(probe, np.asarray(test, float)) - np.quantile(
        _log_odds(probe, x), 1 - y.mean()
    )


def balanced_accuracy(scores: ArrayLike, labels: ArrayLike, weights: ArrayLike) -> Array:
    """Mean accuracy of the two classes: weights (resample, sample) -> (resample,).

    NaN where one class has no weight.
    """
    y, w = np.asarray(labels, bool), np.asarray(weights, float)
    right = (np.asarray(scores) > 0) == y
    with np.errstate(invalid="ignore"):
        shares = [w[:, side & right].sum(1) / w[:, side].sum(1) for side in (y, ~y)]
    return np.mean(shares, 0)


def selectivity(
    scores: ArrayLike,
    labels: ArrayLike,
    control_scores: ArrayLike,
    control_labels: ArrayLike,
    *,
    measure: Measure = weighted_auroc,
    n_resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    """Score on the true labels minus the mean score of control probes on control labels.

    Each resample draws test samples, the same for both, and one of the control labellings. So the
    interval holds the spread between labellings too: where the true labels are one more of them,
    its lower end passes zero in about 1 of 40 cases, given 40 labellings or more, and in about 1
    of (draws + 1) given fewer.

    Args:
        scores, labels: (sample,), of test samples.
        control_scores, control_labels: (draw, sample), of the same test samples.
        measure: `weighted_auroc` or `balanced_accuracy`.
    """
    true = [(scores, labels)]
    return selectivities(
        true, control_scores, control_labels, measure=measure, n_resamples=n_resamples, seed=seed
    )[0]


def selectivities(
    true: Sequence[Scored],
    control_scores: ArrayLike,
    control_labels: ArrayLike,
    *,
    measure: Measure = weighted_auroc,
    n_resamples: int = 10_000,
    seed: int = 0,
) -> list[Interval]:
    """`selectivity` of several scores and labels beside the same controls, resampled once."""
    rows = zip(np.atleast_2d(control_scores), np.atleast_2d(control_labels), strict=True)
    return _differences(measure, true, [list(rows)], n_resamples, seed)


def advantage(
    scores: ArrayLike,
    labels: ArrayLike,
    controls: Mapping[str, ArrayLike],
    *,
    measure: Measure = weighted_auroc,
    n_resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    """Score on a trained model minus the best of its control models, on the same labels.

    Args:
        scores, labels: (sample,), of test samples.
        controls: by kind of control (re-initialised, spectrum-matched), scores (sample,) or
            (run, sample). A resample draws test samples and one run of each kind.
    """
    kinds = [[(run, labels) for run in np.atleast_2d(found)] for found in controls.values()]
    return _differences(measure, [(scores, labels)], kinds, n_resamples, seed)[0]


def choose_family(
    train: ArrayLike,
    labels: ArrayLike,
    control_labels: ArrayLike,
    families: Sequence[str] = tuple(FAMILIES),
    *,
    measure: Measure = weighted_auroc,
    l2: float = 0.01,
    seed: int = 0,
) -> tuple[str, dict[str, float]]:
    """The family by selectivity, not by accuracy, and the selectivity of each.

    The first in `families` that is at most two standard errors (over control labels) less selective
    than the best: give them from the least to the most that a probe can say. Fitted on two of three
    training samples and compared on the third, so that test samples stay unseen.
    `control_labels` are (draw, sample).
    """
    x, y, control = np.asarray(train), np.asarray(labels), np.atleast_2d(control_labels)
    held = np.arange(len(x)) % 3 == 2
    once = np.ones((1, int(held.sum())))

    def score(family: str, of: NDArray) -> float:
        found = probe_scores(family, x[~held], of[~held], x[held], l2=l2, seed=seed)
        return float(measure(found, of[held], once)[0])

    chance = {family: [score(family, c) for c in control] for family in families}
    found = {family: score(family, y) - float(np.mean(chance[family])) for family in families}
    best = max(found, key=lambda family: found[family])
    error = float(np.std(chance[best]) / np.sqrt(max(len(control) - 1, 1)))
    return next(f for f in families if found[f] >= found[best] - 2 * error), found


def _differences(
    measure: Measure,
    true: Sequence[Scored],
    kinds: Sequence[Sequence[Scored]],
    n_resamples: int,
    seed: int,
) -> list[Interval]:
    """Each of `true` minus the best of several kinds of controls, with 95 % intervals."""
    count = len(np.asarray(true[0][1]))
    once = np.ones((1, count))
    least = max(np.mean([measure(s, y, once) for s, y in kind]) for kind in kinds)
    rng = np.random.default_rng(seed)
    found: list[list[Array]] = [[] for _ in true]
    for first in range(0, n_resamples, size := max(1, 4_000_000 // count)):
        rows = min(size, n_resamples - first)
        drawn = rng.integers(count, size=(rows, count)) + count * np.arange(rows)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count)
        best = np.max([_one_run_each(measure, kind, weights, rng) for kind in kinds], 0)
        for parts, scored in zip(found, true, strict=True):
            parts.append(measure(*scored, weights) - best)
    ends = [np.nanquantile(np.concatenate(parts), (0.025, 0.975)) for parts in found]
    values = [measure(*scored, once)[0] - least for scored in true]
    return [
        Interval(float(value), float(low), float(high))
        for value, (low, high) in zip(values, ends, strict=True)
    ]


def _one_run_each(
    measure: Measure, runs: Sequence[Scored], weights: NDArray, rng: np.random.Generator
) -> Array:
    picked = rng.integers(len(runs), size=len(weights))
    found = np.empty(len(weights))
    for i in np.unique(picked):
        scores, labels = runs[i]
        found[picked == i] = measure(scores, labels, weights[picked == i])
    return found


def _log_odds(probe: Pipeline, x: Array) -> Array:
    yes = np.clip(probe.predict_proba(x)[:, 1], 1e-15, 1 - 1e-15)
    return np.log(yes) - np.log1p(-yes)

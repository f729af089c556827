"""What it takes to judge a variable: selectivity, advantage over models that never learnt, effect.

`label_control`: labels of other samples (`permuted`), or one label for each type of input
(`control_task`). `direction`: random ones of equal norm, or with the covariance of the activations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from tegum.controls.interventions import equal_covariance, equal_norm
from tegum.controls.labels import control_task, permute_labels
from tegum.metrics.auroc import auroc
from tegum.probes import probes
from tegum.statistics import Interval
from tegum.studies.model_or_dataset.cases import Case, outputs
from tegum.studies.model_or_dataset.models import Model
from tegum.studies.model_or_dataset.params import Fit

Array = np.ndarray
LABEL_CONTROLS = ("permuted", "control_task")
DIRECTIONS = ("equal_norm", "equal_covariance")
RANDOM_LABELS = 1
"""Beside a seed, what is drawn for the labels that are judged, not for those of controls."""
CHUNK = 2_000_000
"""Entries of the outputs that are computed at once."""


@dataclass(frozen=True)
class Reader:
    """Probes of one set of samples, of which the first `fit.n_train` are fitted."""

    activations: Array
    """(sample, dimension)."""
    fit: Fit
    seed: int

    def scores(self, labels: Array) -> Array:
        """Of the test samples, by a probe of these labels (sample,)."""
        n, x = self.fit.n_train, self.activations
        return probes.probe_scores(
            self.fit.family, x[:n], labels[:n], x[n:], l2=self.fit.l2, seed=self.seed % 2**32
        )

    def auroc(self, labels: Array) -> float:
        """Of the test samples, by a probe of these labels."""
        return float(auroc(self.scores(labels), labels[self.fit.n_train :]))


def labellings(labels: Array, types: Array, draws: int, seed: int) -> dict[str, Array]:
    """Control labels by kind, of the same base rate: (draw, sample)."""
    seeds = np.random.default_rng(seed).integers(2**63, size=draws)
    rate = float(labels.mean())
    return {
        "permuted": np.stack([permute_labels(labels, int(s)) for s in seeds]),
        "control_task": np.stack([control_task(types, rate, int(s)) for s in seeds]),
    }


def random_labels(labels: Array, count: int, seed: int) -> Array:
    """Labels of other samples, none of them a control labelling of that seed: (draw, sample)."""
    seeds = np.random.default_rng([seed, RANDOM_LABELS]).integers(2**63, size=count)
    return np.stack([permute_labels(labels, int(s)) for s in seeds])


@dataclass(frozen=True)
class ControlLabels:
    """Control labellings of one base rate, and how probes score on them."""

    reader: Reader
    labels: Mapping[str, Array]
    """By kind, (draw, sample)."""

    @cached_property
    def scores(self) -> dict[str, Array]:
        """By kind, (draw, test sample)."""
        return {k: np.stack([self.reader.scores(y) for y in v]) for k, v in self.labels.items()}

    def auroc(self) -> list[float]:
        """Mean over draws, by kind."""
        n = self.reader.fit.n_train
        return [
            float(np.mean([auroc(*pair) for pair in zip(self.scores[k], v[:, n:], strict=True)]))
            for k, v in self.labels.items()
        ]

    def selectivity(self, labels: Array, resamples: int) -> list[Interval]:
        """Of a variable of the same base rate, by kind."""
        n = self.reader.fit.n_train
        scores = self.reader.scores(labels)
        return [
            probes.selectivity(
                scores,
                labels[n:],
                self.scores[kind],
                control[:, n:],
                n_resamples=resamples,
                seed=self.reader.seed,
            )
            for kind, control in self.labels.items()
        ]


def advantage(
    trained: Reader, others: Mapping[str, Sequence[Reader]], labels: Array, resamples: int
) -> tuple[Interval, list[float]]:
    """Score on the trained model minus the best of the others; AUROC of it and of each kind."""
    test = labels[trained.fit.n_train :]
    found = {kind: np.stack([r.scores(labels) for r in runs]) for kind, runs in others.items()}
    own = trained.scores(labels)
    means = [float(np.mean(auroc(runs.T, test))) for runs in (own[None], *found.values())]
    interval = probes.advantage(own, test, found, n_resamples=resamples, seed=trained.seed)
    return interval, means


@dataclass(frozen=True)
class Intervention:
    """A vector that is added to the activations of some samples."""

    base: Array
    """(sample, dimension)."""
    vector: Array
    """(dimension,)."""
    strength: Array
    """Multiples of the vector, (sample,): the same for all that are compared with it."""
    expected: Array
    """The change of the outputs that goes with the variable in the data, (output,)."""

    def changes(self, model: Model, directions: Array) -> tuple[Array, Array]:
        """Mean size of the change by `OUTCOMES`, (outcome, direction), and its agreement.

        The agreement (direction,) is the cosine of the mean change of the probabilities with the
        expected one.
        """
        device = next(model.parameters()).device
        base, strength, expected = (
            torch.from_numpy(np.asarray(a, np.float32)).to(device)
            for a in (self.base, self.strength, self.expected)
        )
        expected = torch.nn.functional.normalize(expected, dim=0)
        before = outputs(model, base)[:, None]
        size, agreement = [], []
        step = max(1, CHUNK // before.numel())
        for rows in torch.from_numpy(np.asarray(directions, np.float32)).to(device).split(step):
            moved = base + strength[:, None] * rows[:, None]
            after = outputs(model, moved.flatten(0, 1)).unflatten(1, moved.shape[:2])
            change = after - before
            along = (change[0] @ expected).abs().mean(1)
            size.append(torch.cat([along[None], change.norm(dim=3).mean(2)]))
            agreement.append(torch.cosine_similarity(change[0].mean(1), expected, dim=1))
        return torch.cat(size, dim=1).cpu().numpy(), torch.cat(agreement).cpu().numpy()


def steering(
    case: Case, activations: Array, labels: Array, n_train: int, count: int
) -> Intervention:
    """The difference of class means, to be added to negatives among the test samples."""
    x, y, targets = activations[:n_train], labels[:n_train], case.targets[:n_train]
    negatives = n_train + np.flatnonzero(~labels[n_train:])[:count]
    return Intervention(
        activations[negatives],
        x[y].mean(0) - x[~y].mean(0),
        np.ones(len(negatives)),
        targets[y].mean(0) - targets[~y].mean(0),
    )


def random_directions(vector: Array, activations: Array, count: int, seed: int) -> dict[str, Array]:
    """Random directions by kind, (direction, dimension)."""
    return {
        "equal_norm": equal_norm(vector, count, seed),
        "equal_covariance": equal_covariance(vector, activations, count, seed),
    }

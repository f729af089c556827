"""What probes read: of labels, of control labels, and in models that never learnt.

Control labels are those of other samples (`permuted`), or one label for each type of input
(`control_task`). Random labels have the same laws and are judged like labels of a variable, though
there is nothing to be found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tegum.controls.labels import control_task, permute_labels
from tegum.metrics.auroc import auroc
from tegum.probes import probes
from tegum.statistics import Interval

Array = NDArray[np.floating]
Labels = NDArray[np.bool_]

CONTROLS = ("permuted", "control_task")
RANDOM = {"random": "permuted", "random of types": "control_task"}
"""Kinds of random labels, each with the kind of control labels whose law it has."""


def control_labels(
    labels: Labels, types: NDArray | None, draws: int, seed: int
) -> dict[str, Labels]:
    """Control labels of the base rate of `labels` (sample,) by kind: (draw, sample).

    Raises:
        TegumError: where no labelling of the types (sample,) has this base rate.
    """
    kinds = CONTROLS[:1] if types is None else CONTROLS
    return {kind: _drawn(kind, labels, types, draws, seed) for kind in kinds}


def random_labels(labels: Labels, types: NDArray, draws: int, seed: int) -> dict[str, Labels]:
    """Random labels by kind, independent of the control labels of that seed: (draw, sample)."""
    return {
        kind: _drawn(law, labels, types, draws, [seed, number])
        for number, (kind, law) in enumerate(RANDOM.items(), start=1)
    }


def _drawn(
    kind: str, labels: Labels, types: NDArray | None, draws: int, seed: int | list[int]
) -> Labels:
    seeds = np.random.default_rng(seed).integers(2**63, size=draws).tolist()
    if types is None or kind == "permuted":
        return np.stack([permute_labels(labels, s) for s in seeds])
    rate = float(labels.mean())
    return np.stack([control_task(types, rate, s) for s in seeds])


@dataclass(frozen=True)
class Reader:
    """Probes of one set of samples, of which the first `n_train` are fitted."""

    activations: Array
    """(sample, dimension)."""
    n_train: int
    family: str = "linear"
    l2: float = 0.01
    seed: int = 0

    def scores(self, labels: Labels) -> Array:
        """Of the samples that are not fitted, by a probe of these labels (sample,)."""
        n, x = self.n_train, self.activations
        return probes.probe_scores(
            self.family, x[:n], labels[:n], x[n:], l2=self.l2, seed=self.seed % 2**32
        )

    def auroc(self, labels: Labels) -> float:
        """Of the samples that are not fitted, by a probe of these labels."""
        return float(auroc(self.scores(labels), labels[self.n_train :]))


@dataclass(frozen=True)
class ControlLabels:
    """Control labels of one base rate, and what probes read of them."""

    reader: Reader
    labels: Mapping[str, Labels]
    """By kind, (draw, sample)."""

    @cached_property
    def scores(self) -> dict[str, Array]:
        """By kind, (draw, test sample)."""
        return {k: np.stack([self.reader.scores(y) for y in v]) for k, v in self.labels.items()}

    @cached_property
    def auroc(self) -> dict[str, Array]:
        """By kind, (draw,)."""
        n = self.reader.n_train
        pairs = {k: zip(self.scores[k], v[:, n:], strict=True) for k, v in self.labels.items()}
        return {kind: np.array([float(auroc(*pair)) for pair in of]) for kind, of in pairs.items()}


@dataclass(frozen=True)
class Read:
    """What a probe reads of one labelling, beside its controls."""

    scores: Array
    """(test sample,)."""
    auroc: float
    selectivity: dict[str, Interval]
    """AUROC minus that of control labels, by their kind."""
    advantage: Interval | None = None
    """AUROC minus that of the best kind of untrained models."""
    untrained_auroc: dict[str, Array] = field(default_factory=dict)
    """By kind, (run,)."""

    @property
    def strictest(self) -> Interval:
        """The selectivity that counts: that whose interval begins lowest."""
        return min(self.selectivity.values(), key=lambda interval: interval.low)


def read(
    labellings: Sequence[Labels],
    controls: ControlLabels,
    untrained: Mapping[str, Sequence[Reader]],
    resamples: int,
    always: int = 1,
) -> list[Read]:
    """Selectivity of labels, each (sample,), and advantage over untrained models.

    Args:
        labellings: of the base rate of the control labels.
        controls: control labels, with probes of the trained model.
        untrained: the same samples in models that never learnt, by kind.
        resamples: of each interval.
        always: of how many labellings, from the first on, the advantage is measured whether or not
            the probe is selective; a verdict without it needs none.
    """
    reader = controls.reader
    n = reader.n_train
    how: dict[str, Any] = {"n_resamples": resamples, "seed": reader.seed}
    scored = [(reader.scores(labels), labels[n:]) for labels in labellings]
    by_kind = {
        kind: probes.selectivities(scored, controls.scores[kind], drawn[:, n:], **how)
        for kind, drawn in controls.labels.items()
    }
    found = []
    for i, (scores, test) in enumerate(scored):
        selective = {kind: intervals[i] for kind, intervals in by_kind.items()}
        one = Read(scores, float(auroc(scores, test)), selective)
        if untrained and (i < always or one.strictest.low > 0):
            others = {
                kind: np.stack([r.scores(labellings[i]) for r in runs])
                for kind, runs in untrained.items()
            }
            above = probes.advantage(scores, test, others, **how)
            means = {kind: auroc(runs.T, test) for kind, runs in others.items()}
            one = replace(one, advantage=above, untrained_auroc=means)
        found.append(one)
    return found

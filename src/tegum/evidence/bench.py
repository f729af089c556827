"""All that is needed to judge variables of a model: rows (cell, ..., variable, labelling, ...).

Variables are those whose role is known, and latents of the dictionary of `fit`. Of each there are
the true labels (`labelling` 0) and random ones of the same base rate, for which advantage and
effect are measured only where a probe seems to read them: elsewhere they are NaN.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic

import numpy as np
import xarray as xr
from torch import Tensor

from tegum.controls.models import WEIGHT_CONTROLS, controlled
from tegum.evidence.interventions import (
    DIRECTIONS,
    Intervention,
    difference,
    random_directions,
)
from tegum.evidence.labels import (
    CONTROLS,
    RANDOM,
    ControlLabels,
    Labels,
    Read,
    Reader,
    control_labels,
    random_labels,
    read,
)
from tegum.evidence.layout import EVIDENCE, ROWS, SET, TESTED
from tegum.evidence.sections import Probe, Verdicts
from tegum.experiment.cell import Cell
from tegum.models.weights import M, New, Weights, device_of, with_weights
from tegum.statistics import Interval

Array = np.ndarray
OUTCOMES = ("expected", "probability", "logit")
"""What of the outputs is looked at: probabilities along the change that goes with the variable in
the data, all probabilities, all logits."""


@dataclass(frozen=True)
class Samples(Generic[M]):
    """Samples with their variables, and what a model makes of them."""

    read: Callable[[M], np.ndarray]
    """From an ensemble of one to its activations, (sample, dimension)."""
    outputs: Callable[[M, Tensor], Tensor]
    """From it and activations (sample, dimension) to probabilities and logits, (2, sample, output).
    """
    labels: Mapping[str, np.ndarray]
    """Variable to (sample,) bool."""
    types: np.ndarray
    """Type of each input in the control task, (sample,)."""
    targets: np.ndarray
    """What the data ask of the outputs, (sample, output)."""


@dataclass(frozen=True)
class Subject:
    """A variable or a latent, and how it is intervened on."""

    name: str
    role: str
    """What is known of it."""
    labels: Array
    """(sample,) bool."""
    intervention: Intervention
    matched: Array
    """Directions of latents like it, (direction, dimension); none of variables."""
    latent: int = -1


@dataclass(frozen=True)
class Bench(Generic[M]):
    """Samples with probes of the trained model and of those that never learnt."""

    samples: Samples[M]
    model: M
    trained: Reader
    others: Mapping[str, Sequence[Reader]]
    section: Verdicts
    seed: int

    def judged(self, subject: Subject) -> dict[str, Array]:
        """All the `EVIDENCE` on one subject."""
        labels, section = subject.labels, self.section
        drawn = control_labels(labels, self.samples.types, section.labellings, self.seed)
        controls = ControlLabels(self.trained, drawn)
        random = random_labels(labels, self.samples.types, section.random_labels, self.seed)
        labellings = [labels, *np.concatenate(list(random.values()))]
        rows = []
        for i, probed in enumerate(read(labellings, controls, self.others, section.resamples)):
            steered = self.steering(labellings[i]) if i else subject.intervention
            rows.append(self._row(probed, steered))
        found = {name: np.stack([row[name] for row in rows]) for name in ("selectivity", *TESTED)}
        found["auroc"] = rows[0]["auroc"]
        found["auroc_control"] = np.array([of.mean() for of in controls.auroc.values()])
        found["effect_matched"] = np.full(len(OUTCOMES), np.nan)
        if len(subject.matched):
            outputs, device = partial(self.samples.outputs, self.model), device_of(self.model)
            size, _ = subject.intervention.changes(outputs, subject.matched, device)
            found["effect_matched"] = size.mean(1)
        found["base_rate"] = labels.mean()
        found["latent"] = np.array(subject.latent)
        return found

    def variables(self, roles: Mapping[str, str]) -> list[Subject]:
        """The known variables of the samples, by their roles."""
        none = np.empty((0, self.trained.activations.shape[1]))
        return [
            Subject(name, roles[name], y, self.steering(y), none)
            for name, y in self.samples.labels.items()
        ]

    def steering(self, labels: Labels) -> Intervention:
        """The difference of class means, to be added to negatives among the test samples."""
        n, x = self.trained.n_train, self.trained.activations
        negatives = n + np.flatnonzero(~labels[n:])[: self.section.steered]
        return Intervention(
            x[negatives],
            difference(x[:n], labels[:n]),
            np.ones(len(negatives)),
            difference(self.samples.targets[:n], labels[:n]),
        )

    def _row(self, probed: Read, intervention: Intervention) -> dict[str, Array]:
        """Selectivity of one labelling, and what is `TESTED`, with `auroc`, where it is."""
        found = {"selectivity": np.array(list(probed.selectivity.values()))}
        if probed.advantage is not None:
            found |= self._effects(intervention)
            means = [float(np.mean(of)) for of in probed.untrained_auroc.values()]
            found["advantage"] = np.array(probed.advantage)
            found["auroc"] = np.array([probed.auroc, *means])
        sizes = {
            "bound": len(Interval._fields),
            "alpha": len(self.section.alphas),
            "outcome": len(OUTCOMES),
            "direction": len(DIRECTIONS),
        }
        shapes = {n: [sizes[d] for d in EVIDENCE[n][0] if d not in SET] for n in TESTED}
        return {n: np.full(shape, np.nan) for n, shape in shapes.items()} | found

    def _effects(self, intervention: Intervention) -> dict[str, Array]:
        """Effects by multiple of the vector, beside those of random directions."""
        count, x = self.section.directions, self.trained.activations
        drawn = random_directions(intervention.vector, x, count, self.seed)
        outputs, device = partial(self.samples.outputs, self.model), device_of(self.model)
        rows = []
        for alpha in self.section.alphas:
            effects = intervention.effects(outputs, drawn, alpha, device)
            tests = [list(effects.tests(i).values()) for i in range(len(effects.size))]
            rows.append(
                {
                    "effect": effects.size,
                    "agreement": effects.agreement,
                    "effect_random": np.stack([v.mean(1) for v in effects.random.values()], 1),
                    "p_value": [[t.effect.p_value for t in each] for each in tests],
                    "power": [[t.power for t in each] for each in tests],
                }
            )
        return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def bench(
    cell: Cell[Verdicts],
    probe: Probe,
    samples: Samples[M],
    new: New[M],
    weights: Weights,
    device: str,
) -> Bench[M]:
    """Samples with probes of a cell's model, and of that model under each control on its weights.

    Args:
        cell: with the section of the evidence.
        probe: how probes are fitted.
        samples: `n_train` samples of the probe and `n_test` of the evidence.
        new: from init streams to untrained models.
        weights: of the trained model.
        device: where models are.
    """
    section, seed = cell.params, cell.stream("control")

    def reader(model: M) -> Reader:
        return Reader(samples.read(model), probe.n_train, probe.family, probe.l2, seed)

    model = with_weights(new, weights, device)
    others = {
        kind: [
            reader(with_weights(new, controlled(new, weights, kind, seed + run), device))
            for run in range(section.runs)
        ]
        for kind in WEIGHT_CONTROLS
    }
    return Bench(samples, model, reader(model), others, section, seed)


def evidence(
    section: Verdicts, subjects: Sequence[Sequence[tuple[Bench[M], Subject]]]
) -> xr.Dataset:
    """Rows of the evidence on the subjects of each cell."""
    found = [[on.judged(subject) for on, subject in each] for each in subjects]
    values = {name: [[one[name] for one in each] for each in found] for name in EVIDENCE}
    first = [subject for _, subject in subjects[0]]
    named = {
        "variable": [subject.name for subject in first],
        "control": ["none", *WEIGHT_CONTROLS],
        "label_control": CONTROLS,
        "direction": DIRECTIONS,
        "outcome": OUTCOMES,
        "bound": Interval._fields,
    }
    kinds = [kind for kind in RANDOM for _ in range(section.random_labels)]
    return ROWS.dataset(
        values,
        {
            **{dim: np.array(names, dtype=object) for dim, names in named.items()},
            "role": [subject.role for subject in first],
            "labels": ["true", *kinds],
            "alpha": section.alphas,
        },
    )

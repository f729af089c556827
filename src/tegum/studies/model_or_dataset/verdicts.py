"""All that is needed to judge variables of a model: rows (cell, …, variable, labelling, …).

Variables are those whose role is known, and latents of the dictionary of `fit`. Of each there are
the true labels (`labelling` 0) and random ones of the same base rate, for which advantage and
effect are measured only where a probe seems to read them: elsewhere they are NaN.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from tegum.controls.interventions import matched_latents
from tegum.dictionaries.base import Dictionary
from tegum.evidence.verdict import measured_effect
from tegum.labels import coordinate, variable
from tegum.statistics import Interval
from tegum.studies.model_or_dataset import cases
from tegum.studies.model_or_dataset.activations import readings
from tegum.studies.model_or_dataset.cases import Case
from tegum.studies.model_or_dataset.dictionaries import coded, fitted
from tegum.studies.model_or_dataset.evidence import (
    DIRECTIONS,
    LABEL_CONTROLS,
    ControlLabels,
    Intervention,
    Reader,
    advantage,
    labellings,
    random_directions,
    random_labels,
    steering,
)
from tegum.studies.model_or_dataset.models import (
    WEIGHT_CONTROLS,
    Model,
    Weights,
    controlled,
    model_with,
    weights_of,
)
from tegum.studies.model_or_dataset.params import Control, Fit, Train

Array = np.ndarray
LATENT = "latent "
"""What the names of latents begin with."""
TESTED_RANKS = 4
"""Of the latents by how often they fire, every fourth is tested."""
DIMS = {
    "selectivity": ("label_control", "bound"),
    "advantage": ("bound",),
    "effect": ("alpha", "outcome"),
    "agreement": ("alpha",),
    "effect_random": ("alpha", "outcome", "direction"),
    "p_value": ("alpha", "outcome", "direction"),
    "power": ("alpha", "outcome", "direction"),
}
TESTED = tuple(DIMS)[1:]
"""What is measured of random labels only where a probe seems to read them."""
LONG_NAMES = {
    "selectivity": "AUROC minus that of control labels",
    "advantage": "AUROC minus that of the best re-initialised model",
    "effect": "mean size of the change along the feature",
    "agreement": "cosine of the mean change of the probabilities with that expected",
    "effect_random": "mean size of the change along random directions",
    "p_value": "p among random directions",
    "power": "power at a ratio of 2",
    "effect_matched": "mean size of the change along matched latents",
    "auroc": "AUROC",
    "auroc_control": "AUROC of control labels",
    "base_rate": "share of positive labels",
    "latent": "number of the latent, -1 of variables",
}


@dataclass(frozen=True)
class Subject:
    """A variable or a latent, and how it is intervened on."""

    name: str
    labels: Array
    """(sample,) bool."""
    intervention: Intervention
    matched: Array
    """Directions of latents like it, (direction, dimension); none of variables."""
    latent: int = -1


@dataclass(frozen=True)
class Bench:
    """One case with probes of the trained model and of those that never learnt."""

    case: Case
    model: Model
    trained: Reader
    others: Mapping[str, Sequence[Reader]]
    section: Control
    seed: int

    def judged(self, subject: Subject) -> dict[str, Array]:
        """All `LONG_NAMES` of one subject."""
        n, labels = self.trained.fit.n_train, subject.labels
        kinds = labellings(labels, self.case.types, self.section.labellings, self.seed)
        controls = ControlLabels(self.trained, kinds)
        rows = [self._row(subject.intervention, labels, controls, always=True)]
        means = rows[0]["auroc"]
        for random in random_labels(labels, self.section.random_labels, self.seed):
            steered = steering(self.case, self.trained.activations, random, n, self.section.steered)
            rows.append(self._row(steered, random, controls, always=False))
        found = {name: np.stack([row[name] for row in rows]) for name in DIMS}
        found["auroc"] = means
        found["auroc_control"] = np.array(controls.auroc())
        found["effect_matched"] = np.full(len(cases.OUTCOMES), np.nan)
        if len(subject.matched):
            size, _ = subject.intervention.changes(self.model, subject.matched)
            found["effect_matched"] = size.mean(1)
        found["base_rate"] = labels.mean()
        found["latent"] = np.array(subject.latent)
        return found

    def _row(
        self, intervention: Intervention, labels: Array, controls: ControlLabels, *, always: bool
    ) -> dict[str, Array]:
        """All `DIMS` of one labelling, and `auroc` where `TESTED`."""
        selectivity = controls.selectivity(labels, self.section.resamples)
        found = {"selectivity": np.array(selectivity)}
        if always or min(s.low for s in selectivity) > 0:
            found |= self._effects(intervention)
            interval, means = advantage(self.trained, self.others, labels, self.section.resamples)
            found |= {"advantage": np.array(interval), "auroc": np.array(means)}
        sizes = {
            "bound": len(Interval._fields),
            "alpha": len(self.section.alphas),
            "outcome": len(cases.OUTCOMES),
            "direction": len(DIRECTIONS),
        }
        return {n: np.full([sizes[d] for d in DIMS[n]], np.nan) for n in TESTED} | found

    def _effects(self, intervention: Intervention) -> dict[str, Array]:
        """Effects by multiple of the vector, beside those of random directions."""
        section, vector = self.section, intervention.vector
        drawn = random_directions(vector, self.trained.activations, section.directions, self.seed)
        found: dict[str, list] = {name: [] for name in DIMS if "alpha" in DIMS[name]}
        for alpha in section.alphas:
            size, agreement = intervention.changes(self.model, alpha * vector[None])
            null = [intervention.changes(self.model, alpha * rows)[0] for rows in drawn.values()]
            found["effect"].append(size[:, 0])
            found["agreement"].append(agreement[0])
            compared = [
                [_compared(float(size[outcome, 0]), other[outcome]) for other in null]
                for outcome in range(len(size))
            ]
            parts = np.moveaxis(np.array(compared), -1, 0)
            for name, values in zip(("effect_random", "p_value", "power"), parts, strict=True):
                found[name].append(values)
        return {name: np.array(values) for name, values in found.items()}


def _compared(size: float, null: Array) -> tuple[float, float, float]:
    """Mean effect of random directions, p among them, power."""
    effect, power = measured_effect(size, null, True)
    return float(null.mean()), effect.p_value, power


def run(cells: Sequence[Any], rows: Mapping[str, xr.Dataset], context: Any) -> xr.Dataset:
    """Evidence on every variable of each cell."""
    section: Control = cells[0].params
    dictionary = _dictionary(cells, rows["train"], context.device)
    found, names = [], []
    for index, cell in enumerate(cells):
        weights = weights_of(cell.upstream["train"], rows["train"].isel(cell=index))
        subjects = _subjects(cell, weights, dictionary, index, context.device)
        found.append([bench.judged(subject) for bench, subject in subjects])
        names = [subject.name for _, subject in subjects]
    dims = {name: ("labelling", *inner) for name, inner in DIMS.items()}
    dims |= {
        "auroc": ("control",),
        "auroc_control": ("label_control",),
        "effect_matched": ("outcome",),
    }
    data = {
        name: variable(
            ("cell", "variable", *dims.get(name, ())),
            np.array([[one[name] for one in each] for each in found], np.float32),
            text,
            "1",
        )
        for name, text in LONG_NAMES.items()
    }
    coords = {
        "variable": names,
        "control": ["none", *WEIGHT_CONTROLS],
        "label_control": list(LABEL_CONTROLS),
        "direction": list(DIRECTIONS),
        "outcome": list(cases.OUTCOMES),
        "bound": list(Interval._fields),
    }
    labels = {d: coordinate(d, np.array(v, dtype=object), d) for d, v in coords.items()}
    roles = np.array([cases.ROLES.get(name, "latent") for name in names], dtype=object)
    labels["role"] = variable("variable", roles, "known role", "1")
    labels["alpha"] = coordinate("alpha", np.array(section.alphas), "multiple of the vector")
    return xr.Dataset(data, labels)


def _dictionary(cells: Sequence[Any], train: xr.Dataset, device: str) -> Dictionary | None:
    """That of `fit`, of every cell; None where no latent is tested."""
    section: Control = cells[0].params
    if cells[0].upstream["train"].model != "language" or not section.tested_latents:
        return None
    fits: list[Fit] = [cell.upstream["fit"] for cell in cells]
    read = readings(cells, fits, train, device)
    return fitted([r.activations[0] for r in read], cells, fits[0], device, "")


def _subjects(
    cell: Any, weights: Weights, dictionary: Dictionary | None, place: int, device: str
) -> list[tuple[Bench, Subject]]:
    params: Train = cell.upstream["train"]
    section: Control = cell.params
    fit: Fit = cell.upstream["fit"].model_copy(update={"n_test": section.n_test})
    make = cases.bits_case if params.model == "classifier" else cases.adverbs_case
    bench = _bench(cell, params, fit, weights, make, device)
    found = [(bench, _known(bench, name, y)) for name, y in bench.case.labels.items()]
    if dictionary is not None:
        bench = _bench(cell, params, fit, weights, cases.anywhere_case, device)
        found += [(bench, subject) for subject in _latents(bench, dictionary, place)]
    return found


def _bench(
    cell: Any, params: Train, fit: Fit, weights: Mapping[str, Array], make: Any, device: str
) -> Bench:
    section: Control = cell.params
    seed = cell.stream("control")
    case: Case = make(cell, params, fit, fit.n_train + fit.n_test)
    model = model_with(params, weights, device)
    others = {
        kind: [
            model_with(params, controlled(params, weights, kind, seed + run), device)
            for run in range(section.runs)
        ]
        for kind in WEIGHT_CONTROLS
    }
    readers = {k: [Reader(case.read(m), fit, seed) for m in runs] for k, runs in others.items()}
    return Bench(case, model, Reader(case.read(model), fit, seed), readers, section, seed)


def _known(bench: Bench, name: str, labels: Array) -> Subject:
    x, n = bench.trained.activations, bench.trained.fit.n_train
    added = steering(bench.case, x, labels, n, bench.section.steered)
    return Subject(name, labels, added, np.empty((0, x.shape[1])))


def _latents(bench: Bench, dictionary: Dictionary, place: int) -> list[Subject]:
    """Latents that fire often enough; the intervention takes away what they say."""
    x, n, section = bench.trained.activations, bench.trained.fit.n_train, bench.section
    codes, _ = coded(dictionary, place, x)
    decoder, fires = dictionary.decoder[place].cpu().numpy(), codes > 0
    rarer = np.minimum(fires[:n].sum(0), fires[n:].sum(0))
    order = np.argsort(-np.where(fires.mean(0) <= 0.5, rarer, -1), kind="stable")
    found = []
    for rank in range(section.tested_latents):
        latent = int(order[TESTED_RANKS * rank])
        on = fires[:, latent]
        at = n + np.flatnonzero(on[n:])[: section.steered]
        targets = bench.case.targets[:n]
        found.append(
            Subject(
                f"{LATENT}{rank}",
                on,
                Intervention(
                    x[at],
                    decoder[latent],
                    -codes[at, latent],
                    targets[~on[:n]].mean(0) - targets[on[:n]].mean(0),
                ),
                decoder[matched_latents(codes, decoder, latent, count=3)],
                latent,
            )
        )
    return found

"""All that is needed to judge variables of a model: rows (cell, …, variable, labelling, …).

Variables are those whose role is known, and latents of the dictionary of `fit`. Of each there are
the true labels (`labelling` 0) and random ones of the same base rate, for which advantage and
effect are measured only where a probe seems to read them: elsewhere they are NaN.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
import xarray as xr

from tegum.controls.interventions import matched_latents
from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.quality import coded
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
from tegum.experiment.cell import Cell, Context
from tegum.labels import coordinate, variable
from tegum.statistics import Interval
from tegum.studies.model_or_dataset import cases
from tegum.studies.model_or_dataset.activations import readings
from tegum.studies.model_or_dataset.cases import Case
from tegum.studies.model_or_dataset.dictionaries import fitted
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
        labels, section = subject.labels, self.section
        drawn = control_labels(labels, self.case.types, section.labellings, self.seed)
        controls = ControlLabels(self.trained, drawn)
        random = random_labels(labels, self.case.types, section.random_labels, self.seed)
        labellings = [labels, *np.concatenate(list(random.values()))]
        rows = []
        for i, probed in enumerate(read(labellings, controls, self.others, section.resamples)):
            steered = self.steering(labellings[i]) if i else subject.intervention
            rows.append(self._row(probed, steered))
        found = {name: np.stack([row[name] for row in rows]) for name in DIMS}
        found["auroc"] = rows[0]["auroc"]
        found["auroc_control"] = np.array([of.mean() for of in controls.auroc.values()])
        found["effect_matched"] = np.full(len(cases.OUTCOMES), np.nan)
        if len(subject.matched):
            outputs, device = partial(cases.outputs, self.model), cases.device_of(self.model)
            size, _ = subject.intervention.changes(outputs, subject.matched, device)
            found["effect_matched"] = size.mean(1)
        found["base_rate"] = labels.mean()
        found["latent"] = np.array(subject.latent)
        return found

    def steering(self, labels: Labels) -> Intervention:
        """The difference of class means, to be added to negatives among the test samples."""
        n, x = self.trained.n_train, self.trained.activations
        negatives = n + np.flatnonzero(~labels[n:])[: self.section.steered]
        return Intervention(
            x[negatives],
            difference(x[:n], labels[:n]),
            np.ones(len(negatives)),
            difference(self.case.targets[:n], labels[:n]),
        )

    def _row(self, probed: Read, intervention: Intervention) -> dict[str, Array]:
        """All `DIMS` of one labelling, and `auroc` where `TESTED`."""
        found = {"selectivity": np.array(list(probed.selectivity.values()))}
        if probed.advantage is not None:
            found |= self._effects(intervention)
            means = [float(np.mean(of)) for of in probed.untrained_auroc.values()]
            found["advantage"] = np.array(probed.advantage)
            found["auroc"] = np.array([probed.auroc, *means])
        sizes = {
            "bound": len(Interval._fields),
            "alpha": len(self.section.alphas),
            "outcome": len(cases.OUTCOMES),
            "direction": len(DIRECTIONS),
        }
        return {n: np.full([sizes[d] for d in DIMS[n]], np.nan) for n in TESTED} | found

    def _effects(self, intervention: Intervention) -> dict[str, Array]:
        """Effects by multiple of the vector, beside those of random directions."""
        count, x = self.section.directions, self.trained.activations
        drawn = random_directions(intervention.vector, x, count, self.seed)
        outputs, device = partial(cases.outputs, self.model), cases.device_of(self.model)
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


def run(
    cells: Sequence[Cell[Control]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Evidence on every variable of each cell."""
    section: Control = cells[0].params
    dictionaries = _dictionaries(cells, rows["train"], context.device)
    found, names = [], []
    for index, cell in enumerate(cells):
        weights = weights_of(cell.upstream["train"], rows["train"].isel(cell=index))
        subjects = _subjects(cell, weights, dictionaries[index], context.device)
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
        "label_control": list(CONTROLS),
        "direction": list(DIRECTIONS),
        "outcome": list(cases.OUTCOMES),
        "bound": list(Interval._fields),
    }
    labels = {d: coordinate(d, np.array(v, dtype=object), d) for d, v in coords.items()}
    roles = np.array([cases.ROLES.get(name, "latent") for name in names], dtype=object)
    labels["role"] = variable("variable", roles, "known role", "1")
    kinds = ["true", *(kind for kind in RANDOM for _ in range(section.random_labels))]
    labels["labels"] = variable("labelling", np.array(kinds, dtype=object), "kind of labels", "1")
    labels["alpha"] = coordinate("alpha", np.array(section.alphas), "multiple of the vector")
    return xr.Dataset(data, labels)


def _dictionaries(
    cells: Sequence[Cell[Control]], train: xr.Dataset, device: str
) -> Sequence[Dictionary | None]:
    """That of `fit`, of every cell; None where no latent is tested."""
    section: Control = cells[0].params
    if cells[0].upstream["train"].model != "language" or not section.tested_latents:
        return [None] * len(cells)
    fits: list[Fit] = [cell.upstream["fit"] for cell in cells]
    read = readings(cells, fits, train, device)
    return fitted([r.activations[0] for r in read], cells, fits[0], device, "")


def _subjects(
    cell: Cell[Control], weights: Weights, dictionary: Dictionary | None, device: str
) -> list[tuple[Bench, Subject]]:
    params: Train = cell.upstream["train"]
    section: Control = cell.params
    fit: Fit = cell.upstream["fit"].model_copy(update={"n_test": section.n_test})
    make = cases.bits_case if params.model == "classifier" else cases.adverbs_case
    bench = _bench(cell, params, fit, weights, make, device)
    none = np.empty((0, bench.trained.activations.shape[1]))
    found = [
        (bench, Subject(name, y, bench.steering(y), none)) for name, y in bench.case.labels.items()
    ]
    if dictionary is not None:
        bench = _bench(cell, params, fit, weights, cases.anywhere_case, device)
        found += [(bench, subject) for subject in _latents(bench, dictionary)]
    return found


def _bench(
    cell: Cell[Control],
    params: Train,
    fit: Fit,
    weights: Weights,
    make: Callable[..., Case],
    device: str,
) -> Bench:
    section, seed = cell.params, cell.stream("control")
    case = make(cell, params, fit, fit.n_train + fit.n_test)

    def reader(model: Model) -> Reader:
        return Reader(case.read(model), fit.n_train, fit.family, fit.l2, seed)

    model = model_with(params, weights, device)
    others = {
        kind: [
            reader(model_with(params, controlled(params, weights, kind, seed + run), device))
            for run in range(section.runs)
        ]
        for kind in WEIGHT_CONTROLS
    }
    return Bench(case, model, reader(model), others, section, seed)


def _latents(bench: Bench, dictionary: Dictionary) -> list[Subject]:
    """Latents that fire often enough; the intervention takes away what they say."""
    x, n, section = bench.trained.activations, bench.trained.n_train, bench.section
    codes = coded(dictionary, torch.from_numpy(x)).codes
    decoder, fires = dictionary.decoder[0].cpu().numpy(), codes > 0
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
                    -difference(targets, on[:n]),
                ),
                decoder[matched_latents(codes, decoder, latent, count=3)],
                latent,
            )
        )
    return found

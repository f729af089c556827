"""Each variable of a case through the battery: evidence, then the verdict.

Probes are fitted on one part of the samples and scored on another. Every control uses the same
split, the same probe family and the same strength as the labels themselves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from tegum.errors import TegumError
from tegum.evidence.arrays import Case
from tegum.evidence.interventions import Intervention, difference, random_directions
from tegum.evidence.labels import ControlLabels, Read, Reader, control_labels, read
from tegum.evidence.verdict import (
    SIGNIFICANT,
    Judgement,
    Measured,
    Tuple,
    judge_all,
    measured_effect,
)
from tegum.experiment.seeds import stream_seed
from tegum.metrics.auroc import auroc
from tegum.probes.probes import FAMILIES, balanced_accuracy, choose_family, probe_scores

Array = NDArray[np.floating]

CHOICE_DRAWS, GRID_DRAWS = 10, 3
"""Control labellings that a family is chosen by, and that each point of the grid is compared to."""
RECURRING = 0.5
"""Least share of test samples whose type is trained on, so that a control task can be learnt."""
STEERED = 100
"""Samples without a variable, at most, to which its direction is added in a forward pass."""
SHARES = (0.125, 0.25, 0.5, 1.0)
STRENGTHS = (0.001, 0.01, 0.1, 1.0)
"""The grid: shares of the training samples, and l2."""


@dataclass(frozen=True)
class Options:
    """How thoroughly."""

    seed: int = 0
    families: tuple[str, ...] = tuple(FAMILIES)
    l2: float = 0.01
    draws: int = 40
    """Labellings of each label control."""
    directions: int = 999
    """Random directions of each kind."""
    train: int = 1000
    test: int = 4000
    """Most samples that probes are fitted to, and scored on."""
    resamples: int = 10_000
    refits: int = 3
    """Dictionaries fitted to each control, if a dictionary is given; 0 for none."""
    steps: int = 500
    """Of each of these fits."""

    def __post_init__(self) -> None:
        least = {"draws": 20, "directions": 99, "refits": 0, "steps": 1}
        for name, count in least.items():
            if getattr(self, name) < count:
                raise TegumError(f"{name} is {getattr(self, name)}; give at least {count}")
        unknown = [f for f in self.families if f not in FAMILIES]
        if unknown:
            raise TegumError(f"no probes {unknown[0]!r}; there are {', '.join(FAMILIES)}")


@dataclass(frozen=True)
class Found:
    """What was measured of one variable."""

    name: str
    family: str
    families: dict[str, float]
    """Selectivity of each family on held-out training samples, by which one was chosen."""
    probed: Read
    balanced_accuracy: float
    label_auroc: dict[str, Array]
    """By label control, (draw,)."""
    effect: float | None
    """Size of the effect of its direction."""
    random_effects: dict[str, Array]
    """By kind of random direction, (direction,)."""
    measured: dict[str, Measured]
    """The effect beside each kind of random direction."""
    grid: Array
    """AUROC on the labels and on control labels, (2, share, strength)."""
    judgements: dict[str, Judgement]
    """Beside each kind of random direction; that which counts first."""

    @property
    def judgement(self) -> Judgement:
        """The one that counts."""
        return next(iter(self.judgements.values()))


def split(case: Case, options: Options) -> tuple[Case, Case]:
    """Training and test samples, at random: at most half, and what is left."""
    order = np.random.default_rng(options.seed).permutation(len(case.activations))
    half = min(len(order) // 2, options.train)
    return case.at(order[:half]), case.at(order[half : half + options.test])


def analyse(case: Case, options: Options) -> tuple[list[Found], list[str]]:
    """What is found of each variable, and notes on what could not be tested."""
    train, test = split(case, options)
    tested = [_variable(train, test, i, options) for i in range(len(case.names))]
    tuples = [Tuple(f.probed.strictest, f.probed.advantage, f.measured) for f, _ in tested]
    judged = zip(tested, judge_all(tuples), strict=True)
    found = [replace(f, judgements=judgements) for (f, _), judgements in judged]
    notes = [note for note, lacks in _MISSING.items() if lacks(case)]
    notes += _too_few(found)
    if not _recurring(train.types, test.types):
        notes.append(
            f"fewer than {RECURRING:.0%} of the test samples are of a type that is trained on: "
            "control tasks cannot be memorised, and say no more than permuted labels"
        )
    return found, notes + [n for _, of in tested for n in of]


def _recurring(train: NDArray | None, test: NDArray | None) -> bool:
    return train is None or test is None or np.isin(test, train).mean() >= RECURRING


def _too_few(found: Sequence[Found]) -> list[str]:
    """Whether the smallest p-value that the random directions allow is too large for `MODEL`."""
    fewest = min((len(e) for f in found for e in f.random_effects.values()), default=None)
    if fewest is None or len(found) / (1 + fewest) < SIGNIFICANT:
        return []
    return [
        f"{fewest} random directions for {len(found)} variables: no corrected p-value can be below "
        f"{SIGNIFICANT}, which MODEL takes; measure more than {round(len(found) / SIGNIFICANT)}"
    ]


_MISSING: Mapping[str, Callable[[Case], bool]] = {
    "no types: selectivity is against permuted labels only, which memorised inputs pass": (
        lambda c: c.types is None
    ),
    "no activations_CONTROL: whether an untrained model does as well is not tested": (
        lambda c: not c.untrained
    ),
    "no readout, effect or forward: whether the model uses a variable is not tested": (
        lambda c: c.readout is None and c.effects is None and c.forward is None
    ),
}


def _variable(train: Case, test: Case, index: int, options: Options) -> tuple[Found, list[str]]:
    name, count = train.names[index], len(train.activations)
    y, held = train.labels[:, index], test.labels[:, index]
    both = np.concatenate([y, held])
    if min(y.sum(), (~y).sum(), held.sum(), (~held).sum()) < 2:
        raise TegumError(f"variable {name!r} is constant in a part of the samples; try --seed")
    drawn, notes = _labellings(train, test, both, name, options)
    strictest = drawn[list(drawn)[-1]]
    chosen_by = strictest[:CHOICE_DRAWS, :count]
    family, families = choose_family(
        train.activations, y, chosen_by, options.families, l2=options.l2
    )

    def reader(fitted: Array, scored: Array) -> Reader:
        return Reader(np.concatenate([fitted, scored]), count, family, options.l2)

    controls = ControlLabels(reader(train.activations, test.activations), drawn)
    untrained = {
        control: [reader(*pair) for pair in zip(runs, test.untrained[control], strict=True)]
        for control, runs in train.untrained.items()
    }
    (probed,) = read([both], controls, untrained, options.resamples)
    size, null, measured, more = _interventions(train, test, index, options)
    found = Found(
        name=name,
        family=family,
        families=families,
        probed=probed,
        balanced_accuracy=float(balanced_accuracy(probed.scores, held, np.ones((1, len(held))))[0]),
        label_auroc=controls.auroc,
        effect=size,
        random_effects=null,
        measured=measured,
        grid=_grid(train, test, y, held, strictest, family),
        judgements={},
    )
    return found, notes + more


def _labellings(
    train: Case, test: Case, labels: NDArray[np.bool_], name: str, options: Options
) -> tuple[dict[str, NDArray[np.bool_]], list[str]]:
    """By label control, the strictest last: labels of training and test samples (draw, sample)."""
    seed = stream_seed("controls", "control", seed=options.seed, variable=name, control="labels")
    if train.types is not None and test.types is not None:
        types = np.concatenate([train.types, test.types])
        try:
            return control_labels(labels, types, options.draws, seed), []
        except TegumError as error:
            notes = [f"no control task for {name!r}: {error}"]
    else:
        notes = []
    return control_labels(labels, None, options.draws, seed), notes


def _interventions(
    train: Case, test: Case, index: int, options: Options
) -> tuple[float | None, dict[str, Array], dict[str, Measured], list[str]]:
    """Size of the effect of a variable, those of random directions, and the tests, both by kind.

    Through a readout, or a forward pass, the direction is the difference between the means of the
    samples with and without the variable; the size is that of the change of the outputs along the
    difference between those of held-out samples with and without it. Through a forward pass it is
    added to held-out samples without the variable.
    """
    name = train.names[index]
    if train.effects is not None:
        effect, null = (part[index] for part in train.effects)
        size = float(abs(effect))
        test_of = measured_effect(size, null, bool(effect > 0))
        return size, {"measured": null}, {"measured": test_of}, []
    outputs, base = train.forward, test.activations[~test.labels[:, index]][:STEERED]
    if train.readout is not None:
        weights = torch.from_numpy(train.readout.astype(float))
        outputs, base = lambda x: (x @ weights)[None], np.zeros((1, len(weights)))
    if outputs is None:
        return None, {}, {}, []
    base = base.astype(float)
    direction = difference(train.activations.astype(float), train.labels[:, index])
    said = outputs(torch.from_numpy(test.activations.astype(float)))[0].numpy()
    expected = difference(said, test.labels[:, index])
    if not expected.any():
        return None, {}, {}, [f"outputs do not differ with {name!r}: its effect is not tested"]
    seed = stream_seed("controls", "control", seed=options.seed, variable=name, control="direction")
    drawn = random_directions(direction, train.activations, options.directions, seed)
    added = Intervention(base, direction, np.ones(len(base)), expected)
    effects = added.effects(outputs, drawn)
    null = {kind: sizes[0] for kind, sizes in effects.random.items()}
    return float(effects.size[0]), null, effects.tests(), []


def _grid(
    train: Case, test: Case, y: NDArray, held: NDArray, controls: NDArray, family: str
) -> Array:
    found = np.full((2, len(SHARES), len(STRENGTHS)), np.nan)
    for i, share in enumerate(SHARES):
        n = max(2, round(share * len(y)))
        labellings = [(y, held), *((c[: len(y)], c[len(y) :]) for c in controls[:GRID_DRAWS])]
        usable = [(a[:n], b) for a, b in labellings if 0 < a[:n].sum() < n]
        for j, l2 in enumerate(STRENGTHS):
            scored = [
                auroc(probe_scores(family, train.activations[:n], a, test.activations, l2=l2), b)
                for a, b in usable
            ]
            if len(usable) == len(labellings):
                found[:, i, j] = scored[0], np.mean(scored[1:])
    return found

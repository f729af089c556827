"""Each variable of a case through the battery: evidence, then the verdict.

Probes are fitted on one part of the samples and scored on another. Every control uses the same
split, the same probe family and the same strength as the labels themselves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tegum.controls.interventions import equal_covariance, equal_norm
from tegum.controls.labels import control_task, permute_labels
from tegum.errors import TegumError
from tegum.evidence.arrays import Case
from tegum.evidence.verdict import (
    NULL,
    SIGNIFICANT,
    Effect,
    Evidence,
    Judgement,
    judge,
    measured_effect,
)
from tegum.experiment.seeds import stream_seed
from tegum.metrics.auroc import auroc
from tegum.probes.probes import (
    FAMILIES,
    advantage,
    balanced_accuracy,
    choose_family,
    probe_scores,
    selectivity,
)
from tegum.statistics import Interval, holm

Array = NDArray[np.floating]

CHOICE_DRAWS, GRID_DRAWS = 10, 3
"""Control labellings that a family is chosen by, and that each point of the grid is compared to."""
RECURRING = 0.5
"""Least share of test samples whose type is trained on, so that a control task can be learnt."""
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
    auroc: float
    balanced_accuracy: float
    label_auroc: dict[str, Array]
    """By label control, (draw,)."""
    selectivity: dict[str, Interval]
    untrained_auroc: dict[str, Array]
    """By weight control, (run,)."""
    effect: float | None
    """Size of the effect of its direction."""
    random_effects: dict[str, Array]
    """By kind of random direction, (direction,)."""
    effects: dict[str, Effect]
    power: dict[str, float]
    grid: Array
    """AUROC on the labels and on control labels, (2, share, strength)."""
    judgement: Judgement


def split(case: Case, options: Options) -> tuple[Case, Case]:
    """Training and test samples, at random: at most half, and what is left."""
    order = np.random.default_rng(options.seed).permutation(len(case.activations))
    half = min(len(order) // 2, options.train)
    return case.at(order[:half]), case.at(order[half : half + options.test])


def analyse(case: Case, options: Options) -> tuple[list[Found], list[str]]:
    """What is found of each variable, and notes on what could not be tested."""
    train, test = split(case, options)
    tested = [_variable(train, test, i, options) for i in range(len(case.names))]
    found = _corrected([f for f, _ in tested])
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
    "no readout and no effect: whether the model uses a variable is not tested": (
        lambda c: c.readout is None and c.effects is None
    ),
}


def _variable(train: Case, test: Case, index: int, options: Options) -> tuple[Found, list[str]]:
    name, count = train.names[index], len(train.activations)
    y, held = train.labels[:, index], test.labels[:, index]
    both = np.concatenate([y, held])
    if min(y.sum(), (~y).sum(), held.sum(), (~held).sum()) < 2:
        raise TegumError(f"variable {name!r} is constant in a part of the samples; try --seed")
    drawn, notes = _labellings(train, test, both, name, options)
    strictest = list(drawn)[-1]
    family, families = choose_family(
        train.activations,
        y,
        drawn[strictest][:CHOICE_DRAWS, :count],
        options.families,
        l2=options.l2,
    )

    def read(x: Array, labels: NDArray, of: Array) -> Array:
        return probe_scores(family, x, labels, of, l2=options.l2)

    scores = read(train.activations, y, test.activations)
    on_controls = {
        control: np.stack([read(train.activations, c[:count], test.activations) for c in labels])
        for control, labels in drawn.items()
    }
    untrained = {
        control: np.stack([read(x, y, test.untrained[control][i]) for i, x in enumerate(runs)])
        for control, runs in train.untrained.items()
    }
    selective = {
        control: selectivity(
            scores, held, found, drawn[control][:, count:], n_resamples=options.resamples
        )
        for control, found in on_controls.items()
    }
    above = advantage(scores, held, untrained, n_resamples=options.resamples) if untrained else None
    size, null, right = _interventions(train, test, index, options)
    tests = {kind: measured_effect(size, sizes, right) for kind, sizes in null.items()}
    effects = {kind: effect for kind, (effect, _) in tests.items()}
    power = {kind: strength for kind, (_, strength) in tests.items()}
    least = min(selective.values(), key=lambda i: i.low)
    once = np.ones((1, len(held)))
    found = Found(
        name=name,
        family=family,
        families=families,
        auroc=float(auroc(scores, held)),
        balanced_accuracy=float(balanced_accuracy(scores, held, once)[0]),
        label_auroc={
            control: np.array(
                [auroc(*pair) for pair in zip(on_controls[control], labels[:, count:], strict=True)]
            )
            for control, labels in drawn.items()
        },
        selectivity=selective,
        untrained_auroc={control: auroc(runs.T, held) for control, runs in untrained.items()},
        effect=size if null else None,
        random_effects=null,
        effects=effects,
        power=power,
        grid=_grid(train, test, y, held, drawn[strictest], family),
        judgement=judge(Evidence(least, above, None, None)),
    )
    return found, notes


def _labellings(
    train: Case, test: Case, labels: NDArray[np.bool_], name: str, options: Options
) -> tuple[dict[str, NDArray[np.bool_]], list[str]]:
    """By label control, the strictest last: labels of training and test samples (draw, sample)."""
    draws: dict[str, Callable[[int], NDArray]] = {"permuted": partial(permute_labels, labels)}
    if train.types is not None and test.types is not None:
        types = np.concatenate([train.types, test.types])
        draws["control_task"] = partial(control_task, types, float(labels.mean()))
    found, notes = {}, []
    for control, draw in draws.items():
        try:
            found[control] = np.stack([draw(s) for s in _seeds(options, name, control)])
        except TegumError as error:
            notes.append(f"no control task for {name!r}: {error}")
    return found, notes


def _seeds(options: Options, name: str, control: str) -> list[int]:
    at = {"seed": options.seed, "variable": name, "control": control}
    return [stream_seed("controls", "control", **at, draw=i) for i in range(options.draws)]


def _interventions(
    train: Case, test: Case, index: int, options: Options
) -> tuple[float, dict[str, Array], bool]:
    """Size of the effect of a variable, of random directions by kind, and if it is as predicted.

    Through a readout the direction is the difference between the means of the samples with and
    without the variable, the size is that of the change of all outputs, and the prediction is how
    the outputs of held-out samples with and without it differ.
    """
    if train.effects is not None:
        effect, null = (part[index] for part in train.effects)
        return float(abs(effect)), {"measured": null}, bool(effect > 0)
    if train.readout is None:
        return 0.0, {}, False
    direction, expected = (_difference(part, index) for part in (train, test))
    seed = stream_seed(
        "controls", "control", seed=options.seed, variable=train.names[index], control="direction"
    )
    drawn = {
        "equal_norm": equal_norm(direction, options.directions, seed),
        "equal_covariance": equal_covariance(
            direction, train.activations, options.directions, seed
        ),
    }
    moved = direction @ train.readout
    sizes = {kind: np.linalg.norm(v @ train.readout, axis=1) for kind, v in drawn.items()}
    return float(np.linalg.norm(moved)), sizes, bool(moved @ (expected @ train.readout) > 0)


def _difference(case: Case, index: int) -> Array:
    x, y = case.activations, case.labels[:, index]
    return x[y].mean(0) - x[~y].mean(0)


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


def _corrected(found: Sequence[Found]) -> list[Found]:
    """Judged again with p-values that are corrected for the number of variables (Holm)."""
    kinds = sorted({kind for f in found for kind in f.effects})
    corrected: dict[str, dict[str, Effect]] = {f.name: {} for f in found}
    for kind in kinds:
        tested = [f for f in found if kind in f.effects]
        adjusted = holm([f.effects[kind].p_value for f in tested])
        for f, p in zip(tested, adjusted, strict=True):
            corrected[f.name][kind] = f.effects[kind]._replace(p_corrected=float(p))
    return [_judged(f, corrected[f.name]) for f in found]


def _judged(found: Found, effects: dict[str, Effect]) -> Found:
    """By the random directions that the effect stands out from least; where it stands out from
    none, by those that give the test most power."""
    evidence = found.judgement.evidence
    if effects:
        kind = max(effects, key=lambda k: effects[k].p_value)
        if min(e.p_value for e in effects.values()) > NULL:
            kind = max(effects, key=lambda k: found.power[k])
        evidence = evidence._replace(effect=effects[kind], power=found.power[kind])
    return replace(found, effects=effects, judgement=judge(evidence))

"""Does a feature belong to the model or to the data? The rule, from four pieces of evidence.

The evidence is never replaced by the verdict: a `Judgement` carries both, and names what is open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tegum.errors import TegumError
from tegum.statistics import Interval, holm, permutation_p_value, ratio_power

RATIO, SIGNIFICANT, NULL, POWER = 2.0, 0.01, 0.05, 0.8
"""The least ratio of an effect to that of random directions and the largest p-value of one that is
there; the p-value above which one is not there, and the power that this takes at that ratio."""


class Verdict(StrEnum):
    """What a feature is."""

    MODEL = "MODEL"
    """Read better than by chance, better than in models that never learnt, and used."""
    DATASET = "DATASET"
    """Read as well where nothing was learnt, and not used."""
    UPSTREAM = "UPSTREAM"
    """Used, but read as well where nothing was learnt: ambiguous, causally upstream."""
    PROBE_ARTEFACT = "PROBE-ARTEFACT"
    """Read no better than control labels."""
    INCONCLUSIVE = "INCONCLUSIVE"
    """None of these, or not tested."""


class Effect(NamedTuple):
    """What an intervention along a feature does beside interventions along random directions."""

    ratio: float
    """Size of the effect over the mean size along random directions."""
    right_sign: bool
    """Whether it goes where it was predicted to."""
    p_value: float
    """Of the size, among random directions."""
    p_corrected: float
    """The same, corrected for all features that were tested."""


class Evidence(NamedTuple):
    """The four pieces; None is what was not tested."""

    selectivity: Interval | None
    """Score on the labels minus score on control labels."""
    advantage: Interval | None
    """Score on the trained model minus the best of the re-initialised ones."""
    effect: Effect | None
    power: float | None
    """To tell an effect of `RATIO` times the random ones from them."""


@dataclass(frozen=True)
class Judgement:
    """A verdict with its evidence."""

    verdict: Verdict
    evidence: Evidence
    open: tuple[str, ...]
    """What keeps the verdict from being decided; empty where it is."""


def judge(evidence: Evidence) -> Judgement:
    """The verdict on one feature. What counts is listed in docs/controls.md.

    A selectivity of zero or below comes first: a label that no probe reads is neither the model's
    nor the data's. An effect counts by its corrected p-value, its absence by the plain one.
    """
    verdict = _verdict(evidence)
    return Judgement(verdict, evidence, _open(evidence) if verdict is _UNDECIDED else ())


_UNDECIDED = Verdict.INCONCLUSIVE


def _verdict(evidence: Evidence) -> Verdict:
    if evidence.selectivity is None:
        return _UNDECIDED
    if not evidence.selectivity.low > 0:
        return Verdict.PROBE_ARTEFACT
    if evidence.advantage is None or evidence.effect is None:
        return _UNDECIDED
    learnt = evidence.advantage.low > 0
    if _used(evidence.effect):
        return Verdict.MODEL if learnt else Verdict.UPSTREAM
    if not learnt and _unused(evidence.effect, evidence.power):
        return Verdict.DATASET
    return _UNDECIDED


def _used(effect: Effect) -> bool:
    return effect.right_sign and effect.p_corrected < SIGNIFICANT and effect.ratio >= RATIO


def _unused(effect: Effect, power: float | None) -> bool:
    return effect.p_value > NULL and power is not None and power >= POWER


def _open(evidence: Evidence) -> tuple[str, ...]:
    found = [f"{n} not tested" for n in ("selectivity", "advantage") if not getattr(evidence, n)]
    effect, power = evidence.effect, evidence.power
    if effect is None:
        return (*found, "effect not tested")
    if not _used(effect) and not _unused(effect, power):
        if effect.p_value > NULL:
            shown = "unknown" if power is None else f"{power:.2f}"
            found.append(f"no effect seen, but the power to see one is {shown}, below {POWER}")
        else:
            found.append("an effect that is neither present nor absent by the rule")
    elif evidence.advantage is not None:
        found.append("read better than in untrained models, and not used")
    return tuple(found)


class Measured(NamedTuple):
    """An effect, and the power to tell one of `RATIO` times the random ones from them."""

    effect: Effect
    power: float


def measured_effect(effect: float, random_effects: ArrayLike, right_sign: bool) -> Measured:
    """The effect of an intervention beside those of random directions, and the power of the test.

    Args:
        effect: its size, 0 or more; the mean over samples.
        random_effects: (direction,), sizes of the same for random directions.
        right_sign: whether it goes where it was predicted to.

    Sizes of a single number, as the change of one logit, spread so widely over random directions
    that no test has power at `RATIO` (`tegum.statistics.ratio_power`): take the mean over several
    trained models, or over outputs that saturate, of the effect and of each random one alike.

    Raises:
        TegumError: where no random direction has an effect, so that none can be compared with it.
    """
    null = np.asarray(random_effects, float)
    if not null.any():
        raise TegumError("the effects of all random directions are 0; is anything downstream?")
    p = permutation_p_value(effect, null)
    ratio = effect / float(null.mean())
    return Measured(Effect(ratio, bool(right_sign), p, p), ratio_power(null, RATIO, NULL))


class Tuple(NamedTuple):
    """What was measured of one feature."""

    selectivity: Interval | None
    """The strictest."""
    advantage: Interval | None
    effects: Mapping[str, Measured]
    """Beside each kind of random directions; empty where no effect was measured."""


def judge_all(features: Sequence[Tuple]) -> list[dict[str, Judgement]]:
    """The verdict on each feature beside each kind of random directions, or `NOT_TESTED` ones.

    p-values of effects are corrected for all features that were tested beside that kind (Holm).
    """
    corrected: list[dict[str, Measured]] = [{} for _ in features]
    for kind in dict.fromkeys(kind for f in features for kind in f.effects):
        tested = [i for i, f in enumerate(features) if kind in f.effects]
        adjusted = holm([features[i].effects[kind].effect.p_value for i in tested])
        for i, p in zip(tested, adjusted.tolist(), strict=True):
            effect, power = features[i].effects[kind]
            corrected[i][kind] = Measured(effect._replace(p_corrected=p), power)
    return [
        {
            kind: judge(Evidence(f.selectivity, f.advantage, effect, power))
            for kind, (effect, power) in (effects or _UNTESTED).items()
        }
        for f, effects in zip(features, corrected, strict=True)
    ]


NOT_TESTED = "not tested"
"""Stands for the kind of random directions where no effect was measured."""
_UNTESTED: dict[str, tuple[None, None]] = {NOT_TESTED: (None, None)}

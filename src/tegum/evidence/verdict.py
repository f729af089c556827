"""Does a feature belong to the model or to the data? The rule, from four pieces of evidence.

The evidence is never replaced by the verdict: a `Judgement` carries both, and names what is open.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tegum.errors import TegumError
from tegum.statistics import Interval, permutation_p_value, ratio_power

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


def measured_effect(
    effect: float, random_effects: ArrayLike, right_sign: bool
) -> tuple[Effect, float]:
    """The effect of an intervention beside those of random directions, and the power of the test.

    Args:
        effect: its size, 0 or more; the mean over samples.
        random_effects: (direction,), sizes of the same for random directions.

    Sizes of a single number, as the change of one logit, spread so widely over random directions
    that no test has power at `RATIO` (`tegum.statistics.ratio_power`): take the norm over several
    outputs, or the mean over several trained models, of the effect and of each random one alike.

    Raises:
        TegumError: where no random direction has an effect, so that none can be compared with it.
    """
    null = np.asarray(random_effects, float)
    if not null.any():
        raise TegumError("the effects of all random directions are 0; is anything downstream?")
    p = permutation_p_value(effect, null)
    ratio = effect / float(null.mean())
    return Effect(ratio, bool(right_sign), p, p), ratio_power(null, RATIO, NULL)

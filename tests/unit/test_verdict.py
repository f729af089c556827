"""The verdict rule: every row of its table, what is open, and how often it is wrong."""

import numpy as np
import pytest

from tegum.evidence.verdict import Effect, Evidence, Verdict, judge, measured_effect
from tegum.statistics import Interval

ABOVE, ZERO, BELOW = Interval(0.3, 0.2, 0.4), Interval(0.0, -0.1, 0.1), Interval(-0.3, -0.4, -0.2)
USED, UNUSED = Effect(8.0, True, 0.001, 0.004), Effect(0.6, True, 0.7, 1.0)


@pytest.mark.parametrize(
    ("evidence", "verdict"),
    [
        (Evidence(ABOVE, ABOVE, USED, 0.9), Verdict.MODEL),
        (Evidence(ABOVE, ABOVE, USED, None), Verdict.MODEL),
        (Evidence(ABOVE, ZERO, USED, 0.9), Verdict.UPSTREAM),
        (Evidence(ABOVE, BELOW, USED, 0.9), Verdict.UPSTREAM),
        (Evidence(ABOVE, ZERO, UNUSED, 0.9), Verdict.DATASET),
        (Evidence(ABOVE, BELOW, UNUSED, 0.8), Verdict.DATASET),
        (Evidence(ABOVE, BELOW, UNUSED, 0.79), Verdict.INCONCLUSIVE),
        (Evidence(ABOVE, ABOVE, UNUSED, 0.9), Verdict.INCONCLUSIVE),
        (Evidence(ZERO, ZERO, UNUSED, 0.9), Verdict.PROBE_ARTEFACT),
        (Evidence(BELOW, ABOVE, USED, 0.9), Verdict.PROBE_ARTEFACT),
        (Evidence(ABOVE, ABOVE, USED._replace(right_sign=False), 0.9), Verdict.INCONCLUSIVE),
        (Evidence(ABOVE, ABOVE, USED._replace(ratio=1.9), 0.9), Verdict.INCONCLUSIVE),
        (Evidence(ABOVE, ABOVE, USED._replace(p_corrected=0.02), 0.9), Verdict.INCONCLUSIVE),
        (Evidence(ABOVE, ZERO, UNUSED._replace(p_value=0.04), 0.9), Verdict.INCONCLUSIVE),
        (Evidence(None, ABOVE, USED, 0.9), Verdict.INCONCLUSIVE),
        (Evidence(ABOVE, None, USED, 0.9), Verdict.INCONCLUSIVE),
        (Evidence(ABOVE, ABOVE, None, None), Verdict.INCONCLUSIVE),
    ],
)
def test_each_row_of_the_rule(evidence, verdict):
    found = judge(evidence)
    assert found.verdict is verdict and found.evidence == evidence
    assert bool(found.open) == (verdict is Verdict.INCONCLUSIVE)


def test_what_is_open_is_said():
    assert judge(Evidence(ABOVE, None, None, None)).open == (
        "advantage not tested",
        "effect not tested",
    )
    assert "power to see one is 0.10" in judge(Evidence(ABOVE, ZERO, UNUSED, 0.1)).open[0]
    assert "not used" in judge(Evidence(ABOVE, ABOVE, UNUSED, 0.9)).open[0]


def sizes(outputs, directions=999, seed=0):
    """Sizes of the outputs' changes along random directions, the readout being random too."""
    drawn = np.random.default_rng(seed).standard_normal((directions, outputs))
    return np.linalg.norm(drawn, axis=1)


def test_an_effect_is_measured_against_random_directions():
    null = sizes(4)
    effect, power = measured_effect(5 * null.mean(), null, True)
    assert effect.ratio == pytest.approx(5) and effect.p_value == 0.001 and effect.right_sign
    assert power > 0.95
    absent, _ = measured_effect(float(np.median(null)), null, False)
    assert absent.p_value == pytest.approx(0.5, abs=0.01) and not absent.right_sign


def test_one_output_gives_no_power_and_so_no_verdict():
    effect, power = measured_effect(0.0, sizes(1), True)
    assert power < 0.05
    assert judge(Evidence(ABOVE, ZERO, effect, power)).verdict is Verdict.INCONCLUSIVE


def test_unused_directions_are_rarely_called_used():
    wrong = 0
    for seed in range(400):
        one = float(sizes(4, 1, 10_000 + seed)[0])
        effect, power = measured_effect(one, sizes(4, 999, seed), True)
        wrong += judge(Evidence(ABOVE, ABOVE, effect, power)).verdict is Verdict.MODEL
    assert wrong / 400 <= 0.05

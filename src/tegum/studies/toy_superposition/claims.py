"""Findings of Elhage et al. 2022, judged topic by topic.

A topic is a module with `TOPIC`: its findings, and their judges. Thresholds were fixed before any
result at laptop scale was seen and not changed. After the first result `linear` and `basic` were
given 3,000 steps instead of 2,000 (one linear model of 15 had not learnt its last component),
`geometry` densities around the plateau, `dynamics` a density inside it, `l1_hidden` stronger
penalties and restarts common data; T29 came to be judged at the best strength; and a comparison of
sampled losses with the sparse limit, which sampling noise decided, became a test on quadrature.
"""

from tegum.ledger.claims import Claim
from tegum.studies.toy_superposition import (
    claims_basic,
    claims_dynamics,
    claims_geometry,
    claims_neurons,
    claims_phase,
    claims_sets,
)
from tegum.studies.toy_superposition.findings import Data

TOPICS = (
    claims_basic.TOPIC,
    claims_geometry.TOPIC,
    claims_phase.TOPIC,
    claims_sets.TOPIC,
    claims_dynamics.TOPIC,
    claims_neurons.TOPIC,
)
FINDINGS = tuple(finding.id for topic in TOPICS for finding in topic.findings)


def claims(data: Data) -> list[Claim]:
    """Every finding with its verdict; `data` maps sweep to measured Dataset."""
    return [claim for topic in TOPICS for claim in topic.claims(data)]

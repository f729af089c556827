"""Findings of Elhage et al. 2022, judged topic by topic.

A topic is a module with `TOPIC`: its findings, and their judges. Thresholds and the conditions that
are compared were fixed before any result at laptop scale was seen.
"""

from tegum.claims import Claim
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

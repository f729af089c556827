"""Claims."""

from tegum.ledger.claims import exact
from tegum.studies.random_walk.trace import trace

FINDINGS = ("w1", "w2")


def claims(data):
    """Judge."""
    trace("random_walk", "claims")
    distance = data["drift"]["distance"]
    negative = int((distance < 0).sum())
    return [
        exact(
            "w1",
            "Distances are not negative",
            "definition",
            estimate=negative,
            threshold=0,
            n=distance.size,
            reason="count of negative distances",
        ),
        exact(
            "w2",
            "Some walks stay near",
            "definition",
            estimate=int(data["drift"]["far"].sum()),
            threshold=distance.size - 1,
            n=distance.size,
            unit="walks",
            reason="count of walks beyond the threshold; fails when all are",
        ),
    ]

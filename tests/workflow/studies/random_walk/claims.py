"""Claims."""

from tegum.claims import exact
from tegum.studies.random_walk.trace import trace

FINDINGS = ("w1",)


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
        )
    ]

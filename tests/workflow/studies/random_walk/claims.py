"""Claims."""

from tegum.ledger.claims import within
from tegum.ledger.findings import finding
from tegum.studies.random_walk.trace import trace


@finding("drift", "Distances are not negative", "definition", kind="exact")
def w1(drift):
    """Judge."""
    trace("random_walk", "claims")
    distance = drift["distance"]
    negative = int((distance < 0).sum())
    return within(0, negative, cases=distance.size, because="count of negative distances")


@finding("drift", "Some walks stay near", "definition", kind="exact")
def w2(drift):
    """Judge."""
    return within(
        drift["distance"].size - 1,
        int(drift["far"].sum()),
        cases=drift["distance"].size,
        unit="walks",
        because="count of walks beyond the threshold; fails when all are",
    )

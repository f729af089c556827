"""Claims."""

from tegum.ledger.claims import exact
from tegum.studies.ridge.trace import trace

FINDINGS = ("r1", "r2")
LARGEST = 100.0


def claims(data):
    """Judge."""
    trace("claims")
    return [
        exact(name, "Errors are bounded", "definition", estimate=found, threshold=LARGEST, n=1)
        for name, found in (
            ("r1", float(data["noise"]["train_error"].max())),
            ("r2", float(data["size"]["train_error"].max())),
        )
    ]

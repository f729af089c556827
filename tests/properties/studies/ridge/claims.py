"""Claims."""

from tegum.ledger.claims import within
from tegum.ledger.findings import finding
from tegum.studies.ridge.trace import trace

LARGEST = 100.0


def bounded(measured):
    """Judge."""
    return within(LARGEST, float(measured["train_error"].max()), cases=1)


FINDINGS = [
    finding(sweep, "Errors are bounded", "definition", kind="exact")(bounded, id=name)
    for name, sweep in (("r1", "noise"), ("r2", "size"))
]


@finding(None, "Claims are judged", "definition", kind="exact")
def r3(data):
    trace("claims")
    return within(0, 0, cases=len(data))

"""Claims."""

from tegum.ledger.claims import within
from tegum.ledger.findings import finding
from tegum.studies.curve.trace import trace


@finding(None, "Heights are told", "definition", kind="exact")
def h1(data):
    trace("claims")
    return within(0, 0, cases=len(data))

"""Claims."""

from tegum.ledger.findings import Untested, finding
from tegum.studies.mean_power.trace import trace


@finding(None, "Moments grow", "definition")
def p1(data):
    """Judge."""
    trace("claims")
    raise Untested("one study more is needed")

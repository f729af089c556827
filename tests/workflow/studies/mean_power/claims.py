"""Claims."""

from tegum.ledger.claims import untested
from tegum.studies.mean_power.trace import trace

FINDINGS = ("p1",)


def claims(data):
    """Judge."""
    trace("claims")
    return [untested("p1", "Moments grow", "definition", reason="one study more is needed")]

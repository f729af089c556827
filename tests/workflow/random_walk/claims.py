"""Claims."""

from tegum.claims import exact

FINDINGS = ("w1",)


def claims(data):
    """Judge."""
    distance = data["drift"]["distance"]
    negative = int((distance < 0).sum())
    found = exact("w1", "Distances are not negative", "definition", estimate=negative,
                  threshold=0, n=distance.size, reason="count of negative distances")
    return [found]

"""One claim of the ledger, and the files in which claims are kept."""

from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from tegum.data.files import read_json
from tegum.errors import TegumError
from tegum.experiment.params import Strict

Verdict = Literal["holds", "fails", "inconclusive"]


class Claim(Strict):
    """One row of the ledger."""

    id: str
    """`<study>.<name>`."""
    statement: str
    source: str
    """Where the statement comes from."""
    kind: Literal["exact", "statistical"]
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    n: int = 0
    """Number of independent units (seeds) or of exact cases compared."""
    unit: str = "1"
    threshold: float | None = None
    direction: Literal["above", "below"] = "below"
    """On which side of the threshold the estimate has to lie."""
    control: str | None = None
    """What the estimate is compared with."""
    control_estimate: float | None = None
    control_verdict: Verdict | None = None
    """What the claim's rule says of the control: where that holds as well, the estimate alone
    tells nothing that the control's structure does not."""
    verdict: Verdict
    reason: str = ""
    scale: str = ""


def read_claims(path: str | Path) -> list[dict[str, Any]]:
    """The claims in a file, as they are written.

    Raises:
        TegumError: when it is missing or torn, or holds anything but claims.
    """
    rows = read_json(path)
    try:
        TypeAdapter(list[Claim]).validate_python(rows)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        what = f"{where}: {first['msg']}" if where else "not a list of claims"
        raise TegumError(f"{path}: {what}; delete it and run snakemake") from None
    return rows

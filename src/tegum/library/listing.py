"""What `tegum list` and `tegum open` print: text for people, JSON for programs."""

import json
from pathlib import Path
from typing import get_args

import xarray as xr

from tegum.ledger.claim import Verdict
from tegum.library import results
from tegum.library.terminal import table


def studies(*, rev: str | None, repo: str | Path | None, scale: str, as_json: bool) -> str:
    """Each study with how many of its claims hold, fail and are inconclusive."""
    verdicts = results.claims(rev=rev, repo=repo, scale=scale)["verdict"]
    found: dict[str, list[str]] = {}
    for claim, verdict in verdicts.items():
        found.setdefault(str(claim).split(".")[0], []).append(str(verdict))
    rows = [
        {"study": study, **{v: own.count(v) for v in get_args(Verdict)}}
        for study, own in found.items()
    ]
    if as_json:
        return json.dumps(rows, indent=1)
    return table(list(rows[0]), [[str(v) for v in row.values()] for row in rows])


def datasets(
    study: str,
    sweep: str | None,
    *,
    stage: str,
    rev: str | None,
    repo: str | Path | None,
    scale: str,
    as_json: bool,
) -> str:
    """Results as xarray prints them; in JSON their dims, types, sizes and labels, by sweep."""
    found = results.open(study, sweep, stage=stage, rev=rev, repo=repo, scale=scale)  # type: ignore[arg-type]
    if not as_json:
        return str(found)
    if isinstance(found, xr.DataTree):
        parts = {str(name): part.to_dataset() for name, part in found.children.items()}
    else:
        parts = {str(sweep): found}
    return json.dumps({n: p.to_dict(data=False) for n, p in parts.items()}, indent=1, default=str)

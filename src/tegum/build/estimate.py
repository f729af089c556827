"""How long jobs take: as their logs of earlier builds say, else as is typical.

`python -m tegum.build.estimate` writes what is typical anew, from the logs of a whole build at
laptop scale in `logs/`.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import mean
from typing import Any

from tegum.data import files
from tegum.errors import TegumError

LOGS = Path("logs")
TYPICAL = Path(__file__).with_name("typical.json")
"""CPU seconds of the jobs of a build of everything at laptop scale, the mean over buckets."""


def name_of(log: str | Path) -> str:
    """What a job is called, from where it logs: `<scale>/<study>/<stage>/<sweep>/<bucket>`."""
    return str(Path(log).with_suffix("").relative_to(LOGS))


def estimates(jobs: Iterable[str]) -> dict[str, float | None]:
    """CPU seconds of jobs by name; None of those that nothing is known about."""
    typical = files.read_json(TYPICAL)
    return {job: _seconds(job, typical) for job in jobs}


def _seconds(job: str, typical: Mapping[str, float]) -> float | None:
    known = _logged(_read(LOGS / f"{job}.json"))
    scale, _, rest = job.partition("/")
    if known is None and scale == "laptop":
        return typical.get(_without_bucket(rest))
    return known


def _read(log: Path) -> Any:
    try:
        return files.read_json(log)
    except TegumError:
        return None


def _logged(record: Any) -> float | None:
    """CPU seconds of a job that was logged; None where it reused its rows, or of a torn log."""
    match record:
        case {"cpu_seconds": int() | float() as seconds}:
            rows = record.get("rows")
            reused = isinstance(rows, dict) and not rows.get("computed")
            return None if reused else float(seconds)
    return None


def _without_bucket(job: str) -> str:
    return "/".join(job.split("/")[:3])


def typical(folder: Path) -> dict[str, float]:
    """Mean CPU seconds by study, stage and sweep of the jobs that are logged in a folder."""
    found: dict[str, list[float]] = {}
    for log in sorted(folder.rglob("*.json")):
        seconds = _logged(_read(log))
        if seconds is not None:
            job = str(log.relative_to(folder).with_suffix(""))
            found.setdefault(_without_bucket(job), []).append(seconds)
    return {job: round(mean(seconds), 1) for job, seconds in found.items()}


def main() -> int:
    """Write what is typical from the logs that are here; jobs that are not logged stay."""
    found = typical(LOGS / "laptop")
    known = files.read_json(TYPICAL) if TYPICAL.is_file() else {}
    files.write_json(TYPICAL, dict(sorted({**known, **found}.items())))
    print(f"wrote {len(found)} of {len(known | found)} jobs, {sum(found.values()):.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

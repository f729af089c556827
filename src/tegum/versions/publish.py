"""`make publish`: push the results to the remote that ships with the repository."""

import subprocess
import sys
from pathlib import Path

from tegum.build import status
from tegum.build.project import Project, published_sweeps
from tegum.data.files import sha256
from tegum.errors import TegumError
from tegum.experiment.layout import Layout
from tegum.versions.verify import verify

REMOTE = Path("published")
LIMIT = 60 * 10**6


def refusals(project: Project) -> list[str]:
    """Why the results may not be pushed: stale, unrecorded, damaged or too large; or empty."""
    lines = status.reasons(project)
    if lines:
        return [f"stale: {line}" for line in lines]
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "status", "--quiet"],
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        return ["dvc.lock does not record what is here: run make repro"]
    problems = verify([]).problems
    if problems:
        return problems
    size = published_size(project)
    if size > LIMIT:
        return [f"published/ would hold {size / 1e6:.1f} MB, at most {LIMIT / 1e6:.0f}"]
    return []


def published_size(project: Project) -> int:
    """Bytes that the current results take in the remote, where equal files are one object."""
    folders = [Path(project.layout.data(s)) for s in project.studies]
    folders += [Path(Layout("paper").data(s)) for s in published_sweeps()]
    files = [f for d in folders for f in d.rglob("*") if f.is_file()]
    return sum({sha256(f): f.stat().st_size for f in files}.values())


def remote_size() -> int:
    """Bytes in the remote."""
    return sum(f.stat().st_size for f in REMOTE.rglob("*") if f.is_file())


def main() -> int:
    """Push, and say how large the remote is; past the limit, older versions are dropped."""
    try:
        lines = refusals(Project())
    except TegumError as error:
        lines = [str(error)]
    if lines:
        print("\n".join(f"error: {line}" for line in lines), file=sys.stderr)
        return 1
    dvc = [sys.executable, "-m", "dvc"]
    subprocess.run([*dvc, "push"], check=True)
    if remote_size() > LIMIT:
        subprocess.run([*dvc, "gc", "--workspace", "--cloud", "--force", "--quiet"], check=True)
    print(f"published/: {remote_size() / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

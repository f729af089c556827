"""The repository from which every walk starts, and a count of what the walks did."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from repository import STUDIES, make
from walk import Clone

ROOMS = [Path(__file__).parent / "studies" / name for name in ("curve", "ridge")]


@pytest.fixture(scope="session")
def pristine(once: Callable[..., Path], python: str) -> Path:
    """A built, recorded and pushed repository of four studies; to be copied, not changed."""

    def build(root: Path) -> None:
        make(root, [*sorted(filter(Path.is_dir, STUDIES.iterdir())), *ROOMS])
        built = Clone(root)
        built.snakemake()
        built.record("Results")

    return once("pristine", build)


def pytest_terminal_summary(terminalreporter) -> None:
    """How many edits of each kind the walks made."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    kinds = Counter()
    for report in reports:
        kinds.update(dict(report.user_properties).get("edits", {}))
    if kinds:
        text = ", ".join(f"{kind} {n}" for kind, n in sorted(kinds.items()))
        terminalreporter.write_line(f"{kinds.total()} edits: {text}")

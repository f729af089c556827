"""A built repository that this process is in."""

import pytest
from repository import Repository


@pytest.fixture
def in_built(built: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """`built`, as the folder that this process is in, with its studies."""
    import tegum.studies

    monkeypatch.chdir(built.root)
    monkeypatch.setattr(tegum.studies, "__path__", [str(built.root / "src/tegum/studies")])
    return built

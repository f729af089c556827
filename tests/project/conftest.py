"""Tests of the project are run in its folder."""

from collections.abc import Iterator
from contextlib import chdir

import pytest
from repository import ROOT


@pytest.fixture(scope="module", autouse=True)
def _in_root() -> Iterator[None]:
    with chdir(ROOT):
        yield

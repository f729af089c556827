"""The site, made once from what is here, and a browser to look at it."""

import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from repository import ROOT

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site: one that the variable TEGUM_SITE names, or made here."""
    if "TEGUM_SITE" in os.environ:
        return Path(os.environ["TEGUM_SITE"]).absolute()
    for module in ("sphinx", "myst_parser", "furo", "griffe"):
        pytest.importorskip(module, reason="what makes the site is not here: make site-test")
    from tegum.build.project import Project
    from tegum.cli import _parser
    from tegum.site import build

    out = tmp_path_factory.mktemp("site") / "site"
    with chdir(ROOT):
        project = Project()
        missing = [
            f for s in project.studies for f in project.figure_files(s) if not Path(f).exists()
        ]
        if missing:
            pytest.skip(f"{missing[0]} is not here: dvc pull, or snakemake")
        with warnings.catch_warnings(action="ignore"):  # of Sphinx's extensions
            assert build.build(project, _parser(), out) > len(project.studies)
    return out


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser of the system, without a window."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="make site-test installs it")
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.skip("no chromium here: make site-test installs it where it can")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(site: Path, chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open a page of the site in a window of its own: `opened("index.html", 390)`.

    The page has `.troubles`: what the browser complained of, and what was asked of the network.
    """
    contexts = []

    def look(path: str, width: int = 1400, **settings: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        page, troubles = context.new_page(), []
        page.on("console", lambda m: m.type in ("error", "warning") and troubles.append(m.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("requestfailed", lambda request: troubles.append(f"failed: {request.url[:200]}"))
        page.on("request", lambda r: _inside(r.url) or troubles.append(f"outside: {r.url[:200]}"))
        file, _, anchor = path.partition("#")
        page.goto((site / file).as_uri() + (f"#{anchor}" if anchor else ""))
        page.troubles = troubles
        return page

    yield look
    for context in contexts:
        context.close()


def _inside(url: str) -> bool:
    return url.startswith(("file:", "data:", "blob:"))

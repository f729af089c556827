"""Figures: words are words in them, and a killed render is finished by the next build."""

import shutil
import sys
from pathlib import Path

import pytest
from faults.injection import run_stage
from faults.test_kill import killed_at
from repository import Repository

SCRIPT = "<script>alert(1)</script>"
FIGURES = f'''"""Figures."""

import holoviews as hv

from tegum.figures import figure


@figure(caption="{SCRIPT}. Far", shows="{SCRIPT}", surprise="{SCRIPT}")
def far(data):
    return hv.Curve([(0, 1), (1, 2)], "{SCRIPT}", "far")
'''


@pytest.fixture(scope="module")
def drawn(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A built repository whose first study has a figure, and a script in all its words."""
    root = tmp_path_factory.mktemp("drawn") / "repository"
    shutil.copytree(template, root, ignore=shutil.ignore_patterns("*.sock"))
    made = Repository(root)
    made.params("title: Random walks", f"title: 'Random {SCRIPT} walks'")
    made.params("question: How far does", f"question: '{SCRIPT} How far does")
    made.params("walk get?", "walk get?'")
    made.write("src/tegum/studies/random_walk/figures.py", FIGURES)
    made.snakemake("random_walk")
    return made


def test_a_script_in_words_is_words(drawn):
    page = drawn.read("data/random_walk/figures/far.html")
    assert "&lt;script&gt;alert(1)" in page and SCRIPT not in page
    assert SCRIPT not in drawn.read("data/random_walk/figures/far.svg")
    code = "from tegum.build import project, sync; print(sync.gallery(project.Project()))"
    gallery = drawn.run(sys.executable, "-c", code).text
    assert "&lt;script>alert(1)" in gallery and SCRIPT not in gallery


def test_a_report_of_snakemake_has_the_figure_with_its_caption_in_which_a_script_is_words(drawn):
    assert "Report created" in drawn.snakemake("--report", "report.html", "random_walk").text
    report = drawn.read("report.html")
    assert SCRIPT not in report
    for words in ("Far", "Shows.", "Not expected.", "statement, source, estimate", "far.svg"):
        assert words in report


def test_a_render_that_is_killed_between_its_files_is_finished_by_the_next_build(
    drawn, monkeypatch
):
    import tegum.figures.render as module

    folder = drawn.root / "data/random_walk/figures"
    before = {f.name: f.read_bytes() for f in folder.iterdir()}
    assert set(before) == {"far.svg", "far.png", "far.html", "bokeh.min.js"}
    other = {"svg": b"other", "png": b"other", "html": b"other"}
    monkeypatch.setattr(module, "render", lambda *_: other)
    for times in (2, 3):
        killed_at(monkeypatch, "replace", lambda: run_stage(drawn, "render", "random_walk"), times)
    assert (folder / "far.png").read_bytes() == b"other"
    assert (folder / "far.html").read_bytes() == before["far.html"]
    drawn.snakemake("random_walk")
    assert {n: (folder / n).read_bytes() for n in before} == before

"""Figures can be read in print: measured, not looked at.

One figure of each study by default; `make test-figures` measures all, in five CPU minutes.
"""

from pathlib import Path

import matplotlib
import pytest

matplotlib.use("agg")

import matplotlib.pyplot as plt
from legible import problems

import tegum
from tegum.build.project import Project, study_names
from tegum.experiment.rooms import load
from tegum.figures import collect, render, spread

ROOT = Path(__file__).parents[2]
STUDIES = sorted(p.stem for p in (ROOT / "params").glob("*.yaml"))


@pytest.mark.parametrize("study", STUDIES)
def test_no_text_of_a_figure_lies_on_another_or_is_too_small(study, request, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert study in study_names()
    data = {str(name): part.to_dataset() for name, part in tegum.open(study).children.items()}
    claims = Project().claims_of(study)
    found = {}
    figures = list(collect(load(study, "figures")).items())
    for name, figure in figures[: request.config.getoption("figures")]:
        with plt.rc_context(render.RC):
            drawn = render.plotted(figure.told(claims), data)
            if wrong := problems(drawn):
                found[name] = wrong
            plt.close("all")
    assert not found


@pytest.fixture
def drawn():
    with plt.rc_context(render.RC):
        figure, panels = plt.subplots(2, 2, figsize=(10, 6))
        for number, axes in enumerate(panels.flat):
            axes.plot([0, 1], [0, number], label="a line")
            axes.set_ylabel("height")
        yield figure, panels
        plt.close("all")


def test_panels_get_letters_and_one_legend_and_no_text_lies_on_another(drawn):
    figure, panels = drawn
    for axes in panels.flat:
        axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), title="which")
    assert any("lies on" in line for line in problems(figure))
    panels[0, 0].set_title("the first")
    spread.arrange(figure)
    assert not problems(figure)
    legends = [axes for axes in panels.flat if axes.get_legend() is not None]
    assert legends == [panels[0, 1]]
    said = [panels[0, 0].get_title(), *(axes.texts[0].get_text() for axes in panels.flat[1:])]
    assert said == [r"$\bf{a}$  the first", "b", "c", "d"]
    tops = [round(axes.get_window_extent().y1) for axes in panels[0]]
    assert tops[0] == tops[1]


def test_legends_that_say_different_things_stay(drawn):
    figure, panels = drawn
    panels[0, 1].plot([0, 1], [1, 0], label="another line", color="red")
    for axes in panels.flat[:2]:
        axes.legend()
    spread.arrange(figure)
    legends = [axes for axes in panels.flat if axes.get_legend() is not None]
    assert legends == [panels[0, 1]], "the other says part of it"
    panels[1, 0].legend([panels[1, 0].lines[0]], ["something else"])
    spread.arrange(figure)
    assert panels[1, 0].get_legend() is not None and panels[0, 1].get_legend() is not None


def test_a_label_longer_than_its_axis_is_folded(drawn):
    figure, panels = drawn
    panels[0, 0].set_ylabel("a label of an axis that is longer than the axis is by far")
    spread.arrange(figure)
    assert panels[0, 0].get_ylabel().count("\n") == 1


def test_what_cannot_be_read_is_told():
    with plt.rc_context(render.RC):
        figure, (left, right) = plt.subplots(1, 2, figsize=(4, 2))
        left.text(0.5, 0.5, "one")
        left.text(0.51, 0.5, "two")
        right.set_title("small", fontsize=3)
        left.set_xticks([0.5, 0.501], ["first tick", "second tick"])
        found = problems(figure)
        plt.close("all")
    assert "'one' lies on 'two'" in found
    assert "the ticks 'first tick' and 'second tick' run into each other" in found
    assert any(line.startswith("type of ") for line in found)

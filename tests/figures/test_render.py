"""Figures: same bytes on every run, no address in them, and text that stays text."""

import numpy as np
import pytest
import xarray as xr

from tegum.errors import TegumError
from tegum.figures import Figure, theme
from tegum.figures.render import javascript, render
from tegum.labels import coordinate, variable


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return {
        "a": xr.Dataset(
            {"y": variable(("x", "seed"), rng.normal(size=(4, 5)), "height", "m")},
            {"x": coordinate("x", [1.0, 2.0, 3.0, 4.0], "place"), "seed": range(5)},
        )
    }


def _figure(caption="A caption", title="A title"):
    return Figure(
        caption=caption,
        shows="what it shows",
        surprise="what was not expected",
        draw=lambda d: theme.band(d["a"], "y", "x", title=title),
    )


def test_vector_and_raster_have_the_same_bytes_on_every_run(data):
    first, second = render(_figure(), data), render(_figure(), data)
    assert first["svg"] == second["svg"]
    assert first["png"] == second["png"]
    assert first["png"].startswith(b"\x89PNG")


def test_stacked_parts_stand_on_each_other_and_small_ones_are_left_out():
    parts = [[0.5, 0.04, 0.3], [0.0, 1.0, 0.0]]
    table = xr.Dataset(
        {"y": variable(("x", "of"), parts, "height", "m")},
        {"x": coordinate("x", [1, 2], "place"), "of": coordinate("of", [7, 8, 9], "part")},
    )
    drawn = theme.stacks(table, "y", "x", "of", least=0.05)
    boxes = next(iter(drawn)).dframe().to_numpy()[:, :5]
    np.testing.assert_allclose(
        boxes,
        [[0.6, 0.0, 1.4, 0.5, 7], [0.6, 0.5, 1.4, 0.8, 9], [1.6, 0.0, 2.4, 1.0, 8]],
    )


def test_axes_are_labelled_with_long_name_and_units(data):
    page = render(_figure(), data)["html"].decode()
    assert "height" in page
    assert "[m]" in page or "(m)" in page


def test_the_page_works_offline_with_the_script_beside_it(data):
    page = render(_figure(), data)["html"].decode()
    assert "http://" not in page
    assert "https://" not in page
    assert 'src="bokeh.min.js"' in page
    assert len(javascript()) > 100_000


def test_markup_in_a_caption_or_title_stays_text(data):
    page = render(_figure("<script>alert(1)</script>", "<script>alert(2)</script>"), data)["html"]
    assert b"<script>alert" not in page


def test_dims_that_are_left_over_are_named(data):
    figure = Figure("c", "s", "u", lambda d: theme.band(d["a"], "y", "z"))
    with pytest.raises((TegumError, KeyError), match="dims"):
        render(figure, data)


def test_every_series_shows_its_own_fragment_under_the_mouse_and_an_image_only_in_the_page():
    table = xr.Dataset(
        {
            "y": variable(("kind", "point"), [[1.0, 2.0], [3.0, 4.0]], "height", "m"),
            "x": variable(("kind", "point"), [[1.0, 2.0], [3.0, 4.0]], "place", "m"),
            "note": variable(("kind", "point"), [["<i>a</i>", ""], ["<i>b</i>", ""]], "note", "1"),
        },
        {"kind": coordinate("kind", ["p", "q"], "kind")},
    )
    figure = Figure("c", "s", "u", lambda d: theme.scatter(d["a"], "y", "x", "kind", hover="note"))
    found = render(figure, {"a": table})
    assert found["html"].decode().count('"name":"HoverTool"') == 2
    assert b"@{note}{safe}" in found["html"]
    assert b"a&lt;/i&gt;" in found["html"] and b"b&lt;/i&gt;" in found["html"]
    assert b"HoverTool" not in found["svg"]


def test_classes_have_their_names_beside_the_colours():
    classes = xr.Dataset(
        {"z": variable(("y", "x"), [[0, 1], [2, 1]], "class", "1")},
        {"x": coordinate("x", [1.0, 2.0], "x"), "y": coordinate("y", [1.0, 2.0], "y")},
    )
    names = ("absent", "single", "paired")
    figure = Figure("c", "s", "u", lambda d: theme.heatmap(d["a"], "z", "x", "y", names=names))
    found = render(figure, {"a": classes})
    for name in names:
        assert name.encode() in found["html"]


def test_bars_and_arrows_are_drawn_by_both_backends():
    table = xr.Dataset(
        {
            "length": variable("x", [1.0, 0.5], "length", "1"),
            "shade": variable("x", [0.0, 1.0], "shade", "1"),
            "up": variable("x", [0.3, 0.4], "up", "1"),
        },
        {"x": coordinate("x", [0, 1], "x")},
    )
    drawings = (
        lambda d: theme.bars(d["a"], "length", "x", "shade", limits=(0.0, 1.0)),
        lambda d: theme.arrows(d["a"], "up", "length"),
    )
    for draw in drawings:
        found = render(Figure("c", "s", "u", draw), {"a": table})
        assert b"length" in found["html"] and found["png"].startswith(b"\x89PNG")

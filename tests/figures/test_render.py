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

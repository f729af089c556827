"""Figures: same bytes on every run, no address in them, and text that stays text."""

import base64
import gzip
import re
from io import BytesIO
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from tegum.errors import TegumError
from tegum.figures import Figure, figure, names, style, theme
from tegum.figures.minify import FONTS, vector
from tegum.figures.render import RC, javascript, plotted, render
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


def _unpacked(page: bytes) -> str:
    """The JSON of the figure that a page holds."""
    (packed,) = re.findall(rb'atob\("([A-Za-z0-9+/=]+)"\)', page)
    return gzip.decompress(base64.b64decode(packed)).decode()


def test_vector_and_raster_have_the_same_bytes_on_every_run(data):
    first, second = render(_figure(), data), render(_figure(), data)
    assert first["svg"] == second["svg"]
    assert first["png"] == second["png"]
    assert first["png"].startswith(b"\x89PNG")


def _letters(element: ElementTree.Element) -> str:
    """What an element says; lines are broken only for whoever reads the file."""
    text = element.text or ""
    return "" if "\n" in text else text


def _drawn(svg: str) -> list[tuple[str, dict[str, str], list[float]]]:
    """What an SVG draws, in order: letters and numbers of each element, and what it is part of."""
    number = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
    classes = dict(re.findall(r"\.(\w+)\{([^}]*)\}", svg))
    reference, names = re.compile(r"(?<=url\(#)[\w.-]+|(?<=^#)[\w.-]+$"), {}
    found = []

    def renamed(name: re.Match[str]) -> str:
        return f"n{names.setdefault(name[0], len(names))}"

    def walk(element: ElementTree.Element, above: str) -> None:
        said = {k.split("}")[-1]: v for k, v in element.attrib.items() if k != "id"}
        if "class" in said:
            said["style"] = classes[said.pop("class")]
        said = {k: reference.sub(renamed, v) for k, v in said.items()}
        if re.match(r"rotate\(-?0 ", said.get("transform", "")):
            del said["transform"]
        above += said.get("transform", "") + said.get("clip-path", "")
        if element.tag.split("}")[-1] in ("path", "use", "image", "text", "tspan"):
            text = " ".join([above, *(f"{k}={said[k]}" for k in sorted(said))])
            text = text.replace("'DejaVu Sans'", FONTS) if "base64" not in text else above
            numbers = [float(n) for n in re.findall(number, text)]
            found.append((re.sub(rf"{number}|\s", "", text), numbers, _letters(element)))
        for part in element:
            walk(part, above)

    walk(ElementTree.fromstring(svg), "")
    return found


def test_a_smaller_vector_draws_the_same():
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2)
    rng = np.random.default_rng(0)
    left.plot(rng.normal(size=30) * 1e-3, label="$10^{-3}$ of <one> & more")
    left.legend()
    right.scatter(*rng.normal(size=(2, 20)), alpha=0.123456)
    right.imshow(rng.normal(size=(3, 3)))
    right.set_title("0.123456 -- scale(2)")
    buffer = BytesIO()
    with pyplot.rc_context(RC):
        figure.savefig(buffer, format="svg")
    pyplot.close(figure)
    before = buffer.getvalue().decode()
    after = vector(before)
    assert len(after) < 0.65 * len(before)
    assert ">0.123456 -- scale(2)</text>" in after
    assert vector(after) == after
    pairs = list(zip(_drawn(before), _drawn(after), strict=True))
    assert len(pairs) > 100
    for (letters, numbers, said), (same, rounded, still) in pairs:
        assert letters == same and said == still
        np.testing.assert_allclose(rounded, numbers, atol=0.00501)


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
    drawn = _unpacked(render(_figure(), data)["html"])
    assert "height" in drawn
    assert "[m]" in drawn or "(m)" in drawn


def test_the_page_works_offline_with_the_script_beside_it(data):
    page = render(_figure(), data)["html"]
    for text in (page.decode(), _unpacked(page)):
        assert "http://" not in text
        assert "https://" not in text
    assert b'src="bokeh.min.js"' in page
    assert b"This browser is too old" in page
    assert len(javascript()) > 100_000


def test_markup_in_a_caption_or_title_stays_text(data):
    found = render(_figure("<script>alert(1)</script>", "<script>alert(2)</script>"), data)
    assert b"<script>alert" not in found["html"]
    assert b"<script>" not in found["svg"]
    assert "<script>alert(2)" in _unpacked(found["html"])


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
    drawn = _unpacked(found["html"])
    assert drawn.count('"name":"HoverTool"') == 2
    assert "@{note}{safe}" in drawn
    assert "<i>a</i>" in drawn and "<i>b</i>" in drawn
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
        assert name in _unpacked(found["html"])


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
        assert "length" in _unpacked(found["html"]) and found["png"].startswith(b"\x89PNG")


SOURCE = """
from tegum.figures import figure
import no_such_plotting_library

@figure(caption="c", shows="s", surprise="u")
def second(data): ...

def helper(data): ...

@figure(caption="c", shows="s", surprise="u", sweeps=("a",))
def first(data): ...
"""


def test_names_of_figures_are_read_in_their_order_and_nothing_is_run():
    assert names(SOURCE) == ("second", "first")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("by {m1}", "by 0.12 [0.1, 0.15]"),
        ("{m1.verdict} in {m1.n}", "holds in 5"),
        ("as {m2}", "as untested"),
        ("a set {0, 1}", "a set {0, 1}"),
    ],
)
def test_texts_quote_claims(text, said):
    tested = {"estimate": 0.1234, "ci_low": 0.1, "ci_high": 0.15, "verdict": "holds", "n": 5}
    claims = {"m1": tested, "m2": {"estimate": None, "ci_low": None}}
    assert Figure("c", text, "u", lambda d: None).told(claims).shows == said


@pytest.mark.parametrize("text", ["{m9}", "{m1.colour}"])
def test_a_quote_of_what_there_is_not_names_figure_and_quote(text):
    levers = Figure("c", text, "u", lambda d: None, "levers")
    with pytest.raises(TegumError, match=f"levers.*{text.strip('{}')}"):
        levers.told({"m1": {"estimate": 1.0, "ci_low": None}})


def test_a_figure_without_its_sweep_is_a_frame_that_names_the_sweep(data):
    @figure(caption="c", shows="s", surprise="u", sweeps=("a", "learning_rate"))
    def levers(data):
        raise AssertionError("drawn without its sweep")

    found = render(levers, data)
    assert set(found) == {"svg", "png", "html"}
    assert "learning_rate" in _unpacked(found["html"])


def test_a_line_under_another_is_wider_and_one_that_only_crosses_is_not():
    names = ["under", "over", "crossing"]
    rows = [[0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.01], [3.0, 2.0, 1.0, 0.0]]
    table = xr.Dataset(
        {"y": variable(("by", "x"), rows, "height", "m")},
        {"by": coordinate("by", names, "by"), "x": coordinate("x", [0, 1, 2, 3], "place")},
    )
    every = list(style.series_of(table, "by", {}))
    widths = [series.width for series in style.widened(every, list(map(np.array, rows)), {})]
    assert widths[0] > widths[1] == widths[2]
    # What differs only outside of what is drawn is seen as one line.
    far = [np.array([0.0, 50.0]), np.array([0.0, 90.0])]
    seen = style.widened(every[:2], far, {"ylim": (0.0, 3.0)})
    assert seen[0].width > seen[1].width


def test_on_a_log_axis_lines_are_near_where_their_ratio_is():
    table = xr.Dataset({"y": variable(("by", "x"), np.ones((3, 2)), "height", "m")})
    table = table.assign_coords(by=coordinate("by", ["low", "middle", "high"], "by"))
    every = list(style.series_of(table, "by", {}))
    means = [np.array([1e-6, 1e-5]), np.array([1e-4, 1e-3]), np.array([1.0, 10.0])]
    assert len({s.width for s in style.widened(every, means, {"logy": True})}) == 1
    assert len({s.width for s in style.widened(every, means, {})}) == 2


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (30.0, 290.0, ["50", "100", "200"]),
        (0.01, 1.0, ["0.01", "0.03", "0.1", "0.3", "1"]),
        (1e-5, 1e-2, ["$10^{-5}$", "$10^{-4}$", "0.001", "0.01"]),
        (2e6, 9e6, ["$2 \\times 10^{6}$", "$5 \\times 10^{6}$"]),
    ],
)
def test_marks_of_a_log_axis_are_numbers_as_people_write_them(low, high, marks):
    found = style.Decades().tick_values(low, high)
    seen = found[(found >= low * 0.999) & (found <= high * 1.001)]
    assert [style.human(value) for value in seen] == marks


@pytest.mark.parametrize("axis", ["x", "y"])
def test_a_reference_line_says_what_it_is_in_both_backends(data, axis):
    def draw(d):
        line = theme.reference_line(2.0, "chance", axis=axis)
        return theme.overlay(theme.band(d["a"], "y", "x"), line)

    figure = Figure("c", "s", "u", draw)
    assert "chance" in _unpacked(render(figure, data)["html"])
    with plt.rc_context(RC):
        (axes,) = plotted(figure, data).axes
        assert [text.get_text() for text in axes.texts] == ["chance"]
        plt.close("all")


@pytest.mark.parametrize(("panels", "rows"), [(1, 1), (2, 1), (3, 1), (4, 2), (9, 3)])
def test_a_layout_leaves_no_place_empty(data, panels, rows):
    def draw(d):
        return theme.layout(*(theme.band(d["a"], "y", "x") for _ in range(panels)))

    with plt.rc_context(RC):
        drawn = plotted(Figure("c", "s", "u", draw), data)
        tops = [round(axes.get_window_extent().y1) for axes in drawn.axes if axes.axison]
        plt.close("all")
    assert len(tops) == panels and len(set(tops)) == rows
    assert panels % rows == 0


def test_names_are_words():
    assert style.words("mean_difference") == "mean difference"
    assert style.words("batchtopk") == "BatchTopK" and style.words(0.3) == "0.3"

"""What the site says: intervals to scale, headlines by their rule, links that lead somewhere."""

import itertools
import re
from contextlib import chdir
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from repository import ROOT

from tegum.data.files import read_bytes, read_json, replace_folder
from tegum.errors import TegumError
from tegum.site import comparisons, docs
from tegum.site.claims import Shown, clearness, headlines, study_of
from tegum.site.interval import WIDTH, described, interval_svg

CLAIM = {
    "id": "one.a",
    "statement": "Statement.",
    "source": "Somebody 2020",
    "kind": "statistical",
    "estimate": 0.5,
    "ci_low": 0.4,
    "ci_high": 0.6,
    "n": 5,
    "unit": "1",
    "threshold": 0.0,
    "direction": "above",
    "control": "untrained",
    "control_estimate": 0.1,
    "control_verdict": "inconclusive",
    "verdict": "holds",
    "reason": "",
    "scale": "laptop",
}
numbers = st.floats(-1e9, 1e9, allow_subnormal=False)


def claim(**changes):
    return CLAIM | changes


def places(svg):
    """Horizontal positions of threshold, ends of the interval, estimate and control."""
    threshold = re.search(r'class="threshold" x1="([-\d.]+)"', svg)
    ends = re.search(r'class="interval" x1="([-\d.]+)" x2="([-\d.]+)"', svg)
    estimate = re.search(r'class="estimate" cx="([-\d.]+)"', svg)
    control = re.search(r'class="control" d="M([-\d.]+) ', svg)
    return [float(p) for p in (threshold[1], *ends.groups(), estimate[1], float(control[1]) + 5)]


@given(st.lists(numbers, min_size=3, max_size=3), numbers, numbers)
def test_marks_are_in_the_picture_and_in_the_order_of_their_values(three, threshold, control):
    low, estimate, high = sorted(three)
    row = claim(
        estimate=estimate, ci_low=low, ci_high=high, threshold=threshold, control_estimate=control
    )
    found, values = places(interval_svg(row)), [threshold, low, high, estimate, control]
    assert all(0 <= x <= WIDTH for x in found)
    order = sorted(range(5), key=values.__getitem__)
    drawn = [found[i] for i in order]
    assert all(a <= b + 0.11 for a, b in itertools.pairwise(drawn))


def test_values_of_many_magnitudes_are_drawn_on_a_logarithmic_scale():
    row = claim(
        estimate=1e-4, ci_low=None, ci_high=None, threshold=1e-2, control_estimate=1e-6,
        direction="below",
    )  # fmt: skip
    threshold, _, _, estimate, control = places(interval_svg(row))
    assert estimate - control == pytest.approx(threshold - estimate, abs=0.2)


def test_the_side_that_is_expected_is_the_one_in_which_the_claim_holds():
    for direction, below in (("above", False), ("below", True)):
        svg = interval_svg(claim(direction=direction))
        x, width = re.search(r'class="expected" x="([\d.]+)" y="3" width="([\d.]+)"', svg).groups()
        assert (float(x) == 0) == below
        assert float(x) + float(width) == pytest.approx(places(svg)[0] if below else WIDTH, abs=0.1)


def test_a_picture_says_in_words_what_it_shows_and_words_stay_words():
    assert described(claim()) == (
        "estimate 0.5, 95 % interval 0.4 to 0.6; expected above 0; control 0.1"
    )
    assert described(claim()) in interval_svg(claim())
    assert interval_svg(claim(estimate=None)) == ""


def test_headlines_are_clear_published_readable_and_each_of_another_study():
    rows = read_json(ROOT / "results" / "ledger.json")
    found = headlines(rows)
    assert len(found) == 5
    assert len({study_of(row) for row in found}) == 5
    assert sum(row["verdict"] == "fails" for row in found) <= 2
    assert all(row["verdict"] in ("holds", "fails") for row in found)
    assert all(re.search(r"\d{4}", row["source"]) for row in found)


@pytest.mark.parametrize(
    "doubt",
    [
        {"verdict": "inconclusive"},
        {"control_verdict": "holds"},
        {"source": "derived from the loss of Somebody 2020"},
        {"source": "own question"},
        {"statement": "So does another."},
        {"ci_low": None, "ci_high": None},
    ],
)
def test_what_is_doubtful_or_cannot_be_read_alone_is_no_headline(doubt):
    assert headlines([claim()]) == [claim()]
    assert headlines([claim(**doubt)]) == []


def test_of_a_study_the_failing_and_then_the_clearest_claim_is_named_and_two_may_fail():
    near, far = claim(id="one.near", ci_low=0.1), claim(id="one.far", ci_low=0.49)
    assert clearness(far) > clearness(near) > clearness(claim(ci_low=-1.0, threshold=-1.0)) == 0
    assert headlines([near, far]) == [far]
    fails = claim(id="one.fails", verdict="fails", control_verdict="fails", ci_low=0.1)
    assert headlines([near, far, fails]) == [fails]
    many = [claim(id=f"{study}.x", verdict="fails") for study in "abc"]
    assert headlines([*many, far]) == [many[0], many[1], far]


@pytest.mark.parametrize(
    ("source", "who"),
    [
        ("Elhage et al. 2022, Toy Models of Superposition", "Elhage"),
        ("Mendel (comments): where?", "Mendel"),
        ("derived from the loss of Scherlis et al. 2022", "derived"),
        ("size of a small prototype, one seed", "size of a small prototype"),
    ],
)
def test_claims_are_sorted_by_who_said_it(source, who):
    assert Shown(claim(source=source)).source == who


def test_no_link_of_the_docs_dangles():
    with chdir(ROOT):
        pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
        assert docs.dangling(pages) == []


def test_a_link_that_dangles_is_found(tmp_path):
    page = tmp_path / "a.md"
    page.write_text("[there](a.md#x) ![gone](b.png) [out](https://x.y)\n```\n[code](c.md)\n```\n")
    assert docs.dangling([page]) == [f"{page}: b.png"]


def test_every_page_of_the_docs_is_listed_by_kind():
    with chdir(ROOT):
        assert list(docs.contents()) == ["Tutorial", "How-to", "Reference", "Explanation"]


def test_a_page_that_is_not_listed_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "README.md").write_text("# Docs\n\n## How-to\n\n- [A](a.md)\n")
    (folder / "a.md").write_text("# A\n")
    assert docs.contents() == {"How-to": ["a.md"]}
    (folder / "b.md").write_text("# B\n")
    with pytest.raises(TegumError, match=r"docs/b\.md is not listed"):
        docs.contents()


def test_links_of_the_docs_lead_to_pages_of_the_site_or_become_words():
    code = "\n```\n[l](ledger.md)\n```"
    text = "[a](a.md#b) [l](ledger.md#s) [p](../params/x.yaml) ![i](readme.png)" + code
    moved = docs.moved(text, "x.md")
    assert moved == "[a](a.md#b) [l](/ledger.md#s) p ![i](readme.png)" + code


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    old, new = tmp_path / "site", tmp_path / "made"
    for folder, name in ((old, "a"), (new, "b")):
        folder.mkdir()
        (folder / name).write_text(name)
    replace_folder(old, new)
    assert read_bytes(old / "b") == b"b" and not (old / "a").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["site"]


def test_where_the_new_folder_cannot_be_moved_the_old_one_stays(tmp_path):
    old = tmp_path / "site"
    old.mkdir()
    (old / "a").write_text("a")
    with pytest.raises(TegumError, match="site: cannot be written"):
        replace_folder(old, tmp_path / "absent")
    assert read_bytes(old / "a") == b"a"


class Words(HTMLParser):
    """The tags and the words of a page."""

    def __init__(self):
        super().__init__()
        self.tags, self.words = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.words += data


def test_words_of_claims_are_escaped_in_pages():
    pytest.importorskip("jinja2")
    from tegum.site.pages import filled

    hostile = "<script>alert(1)</script> {{ 7 * 7 }}"
    larger = Shown(claim(), larger=claim(verdict="fails"))
    assert larger.at_paper_scale.startswith("fails: ") and not Shown(claim()).at_paper_scale
    shown = Shown(claim(statement=hostile, reason=hostile, control=hostile))
    page = filled("ledger", claims=[shown], choices={"study": [hostile]}, tally=hostile)
    parsed = Words()
    parsed.feed(page)
    assert "script" not in parsed.tags and parsed.words.count(hostile) == 3


def test_a_version_that_cannot_be_opened_is_told_on_the_page(monkeypatch):
    def refused(study, revision, scale):
        if study == "one":
            raise TegumError("no such commit\nmore")
        return "2 claims differ", b"<html></html>"

    monkeypatch.setattr(comparisons, "_study", refused)
    project = SimpleNamespace(studies=["one", "two"], scale="laptop")
    found = comparisons.compared(project, "v1")
    assert [(s.words, s.page) for s in found.studies] == [
        ("no such commit", None),
        ("2 claims differ", "comparisons/two.html"),
    ]
    assert list(found.pages) == ["comparisons/two.html"]
    assert comparisons.compared(project, None).studies == []

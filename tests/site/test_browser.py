"""Every page of the site in a browser: nothing fails, leaves, overlaps or is cut."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from repository import ROOT

from tegum.data.files import read_json

HERE = Path(__file__).parent
LAYOUT = (HERE / "layout.js").read_text()
CONTRAST = (HERE / "contrast.js").read_text()
BOKEH_IS_READY = "() => Bokeh.documents.length && Bokeh.documents.every((d) => d.is_idle)"
WIDTHS = (1400, 390)
LOOKED_AT = ("index.html", "ledger.html", "studies/capacity.html", "docs/controls.html")


def claims():
    return read_json(ROOT / "results" / "ledger.json")


def pages(site, folder=""):
    found = sorted(p.relative_to(site).as_posix() for p in (site / folder).rglob("*.html"))
    return [p for p in found if folder or not p.startswith(("_static/", "figures/"))]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_loads_without_trouble_and_nothing_is_cut_or_overlaps(site, opened, width):
    wrong = {}
    for path in pages(site):
        page = opened(path, width)
        found = [*page.evaluate(LAYOUT), *page.troubles]
        if found:
            wrong[path] = found
        page.close()
    assert not wrong


def test_what_is_cut_overlaps_or_is_pale_is_found(opened):
    page = opened("index.html", 390)
    page.evaluate("""() => {
        const put = (words, style) => {
            const e = document.createElement("p");
            [e.textContent, e.style] = [words, style];
            document.querySelector("article").append(e);
        };
        put("over", "position: absolute; top: 300px; left: 40px");
        put("under", "position: absolute; top: 302px; left: 42px");
        put("wide", "width: 900px; text-align: right");
        put("pale", "color: #999");
    }""")
    found = " ".join(page.evaluate(LAYOUT))
    assert "overlap: over / under" in found
    assert "cut: wide" in found and "the page scrolls sideways" in found
    assert "pale" in " ".join(page.evaluate(CONTRAST))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(opened, scheme):
    wrong = {p: opened(p, color_scheme=scheme).evaluate(CONTRAST) for p in LOOKED_AT}
    assert not {path: found for path, found in wrong.items() if found}


def test_a_figures_page_opened_alone_shows_its_figure(site, opened):
    paths = pages(site, "figures")
    assert len(paths) >= 3
    for path in paths:
        page = opened(path)
        page.wait_for_function(BOKEH_IS_READY)
        picture = Image.open(BytesIO(page.locator("#figure").screenshot())).convert("RGB")
        colours = picture.getcolors(maxcolors=1 << 24) or []
        ink = 1 - max(count for count, _ in colours) / (picture.width * picture.height)
        assert min(picture.size) > 100 and len(colours) > 8 and ink > 0.005, path
        assert not page.troubles, (path, page.troubles)
        page.close()


def shown(page):
    return page.locator("#ledger tbody tr:visible .id").all_inner_texts()


def test_the_filters_of_the_ledger_show_what_is_asked_for(opened):
    rows, page = claims(), opened("ledger.html")
    assert len(shown(page)) == len(rows)
    page.select_option("select[name=verdict]", "fails")
    failing = [row["id"] for row in rows if row["verdict"] == "fails"]
    assert shown(page) == failing
    assert page.locator("#count").inner_text() == f"{len(failing)} of {len(rows)} claims"
    study = failing[-1].split(".")[0]
    page.select_option("select[name=study]", study)
    assert shown(page) == [id for id in failing if id.startswith(f"{study}.")]
    page.click("button[type=reset]")
    assert len(shown(page)) == len(rows)
    page.select_option("select[name=kind]", "exact")
    assert shown(page) == [row["id"] for row in rows if row["kind"] == "exact"]
    page.click("button[type=reset]")
    page.fill("input[name=words]", f"{rows[0]['statement'][:30]}")
    assert rows[0]["id"] in shown(page) and len(shown(page)) < len(rows)
    page.fill("input[name=words]", "no claim has these words")
    assert shown(page) == []


def test_a_filter_can_be_linked_to_and_chosen_with_the_keyboard(opened):
    page = opened("ledger.html#verdict=fails")
    failing = [row["id"] for row in claims() if row["verdict"] == "fails"]
    assert shown(page) == failing
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "study":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("ArrowDown")
    assert 0 < len(shown(page)) <= len(failing)
    assert "study=" in page.url


def test_without_javascript_every_claim_is_there(opened):
    page = opened("ledger.html", java_script_enabled=False)
    assert len(shown(page)) == len(claims())
    assert not page.locator("#filters").is_visible()


def test_a_claims_address_leads_to_it(opened):
    row = claims()[-1]
    page = opened(f"studies/{row['id'].split('.')[0]}.html#{row['id']}", 390)
    page.wait_for_timeout(500)
    target = page.locator(":target")
    assert row["statement"] in target.inner_text()
    assert 0 <= target.bounding_box()["y"] < 900


def test_words_are_found_by_the_search_without_a_server(opened):
    page = opened("search.html")
    page.fill("input[name=q]", "hysteresis")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    assert not page.troubles

"""The explorer in headless Chromium: its views open from a file, sort, filter, compare, download; names stay text."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from explorer_world import FIELDS, HOSTILE, NOTE, id_of, name_of, world
from stclusters.publish.explorer.page import page_text

pytestmark = pytest.mark.browser
CHROMIUM = Path("/usr/bin/chromium")
COUNT = 260
FORMULA_BEGINS = "=+-@\t\r\n\0＝＋－＠"
UNIT = 1000 / 5.4133  # the page's map is 1000 wide, the projection of the unit sphere 5.4133
VIEWS = {
    "ranking": "Ranking",
    f"cluster?id={id_of(12)}": "City 012",
    "briefs?q=City+01": "Briefs",
    f"fields?with={id_of(8)}_{id_of(9)}": "Fields",
    f"collaboration?cluster={id_of(12)}": "Collaboration",
    f"map?noise=1&cluster={id_of(12)}": "Map",
    "economies": "Economies",
    "about": "About",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published page")
    pages = {"explorer": world(COUNT), "empty": world(0), "uncertain": world(30, uncertain=True)}
    for name, data in pages.items():
        (folder / f"{name}.html").write_text(page_text(data), encoding="utf-8")
    return folder


def opened(browser: Browser, path: Path, width: int, height: int = 900, scheme: str = "light") -> Iterator[Page]:
    """The page, open; afterwards, that it wrote nothing to the console, threw nothing and asked for nothing."""
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(30_000)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if not is_own(request.url, path) else None)
    page.goto(path.as_uri())
    yield page
    assert page.title().endswith("Science and technology clusters, edition 2024")
    context.close()
    assert wrong == []


def is_own(address: str, path: Path) -> bool:
    """The page itself, or a blob, which is a download that it made."""
    return address.partition("#")[0] == path.as_uri() or address.startswith("blob:")


@pytest.fixture
def page(browser: Browser, folder: Path) -> Iterator[Page]:
    yield from opened(browser, folder / "explorer.html", 1440)


@pytest.fixture
def phone(browser: Browser, folder: Path) -> Iterator[Page]:
    yield from opened(browser, folder / "explorer.html", 390, 844)


@pytest.fixture
def dark(browser: Browser, folder: Path) -> Iterator[Page]:
    yield from opened(browser, folder / "explorer.html", 1440, scheme="dark")


@pytest.fixture
def empty(browser: Browser, folder: Path) -> Iterator[Page]:
    yield from opened(browser, folder / "empty.html", 1440)


@pytest.fixture
def uncertain(browser: Browser, folder: Path) -> Iterator[Page]:
    yield from opened(browser, folder / "uncertain.html", 1440)


def go(page: Page, view: str) -> None:
    page.evaluate("view => { location.hash = view }", view)
    expect(page.locator("#view-title")).to_have_count(1)


def ranks(page: Page) -> list[int]:
    return [int(rank) for rank in page.locator("main td.rank").all_inner_texts()]


def names(page: Page) -> list[str]:
    return page.locator("main tbody th.name").all_inner_texts()


def cells(row: Locator) -> list[str]:
    return [text.strip() for text in row.locator("th, td").all_inner_texts()]


def downloaded(page: Page, button: str) -> tuple[list[str], list[dict[str, str]]]:
    """The header's lines and the rows of what a button downloads."""
    with page.expect_download() as started:
        page.get_by_role("button", name=button, exact=True).click()
    with Path(started.value.path()).open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    header = [row[0] for row in rows if row[0].startswith("# ")]
    columns, *body = rows[len(header) :]
    return header, [dict(zip(columns, row, strict=True)) for row in body]


@pytest.mark.parametrize(("view", "title"), VIEWS.items(), ids=lambda text: text.split("?")[0])
def test_every_view_opens_from_its_address(page: Page, view: str, title: str) -> None:
    go(page, view)
    page.reload()
    expect(page.locator("#view-title")).to_have_text(title)
    assert page.title().startswith(title)
    assert page.url.endswith(f"#{view}")
    expect(page.locator("#note")).to_have_text(NOTE)


@pytest.mark.parametrize("view", VIEWS, ids=lambda text: text.split("?")[0])
@pytest.mark.parametrize("look", ["page", "dark", "phone"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(request: pytest.FixtureRequest, look: str, view: str) -> None:
    page: Page = request.getfixturevalue(look)
    go(page, view)
    page.wait_for_timeout(100)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_opens_with_the_note_and_the_first_ranks(page: Page) -> None:
    assert page.locator("#note").bounding_box()["y"] < 200  # type: ignore[index]
    assert ranks(page) == list(range(1, 251))
    page.get_by_role("button", name="Show more of 260").click()
    assert ranks(page) == list(range(1, COUNT + 1))
    assert page.locator("circle.mark").count() == COUNT
    expect(page.locator(".example")).to_contain_text("10.00 + 20.00 = 30.00")


def test_hostile_names_are_text_in_every_view(page: Page) -> None:
    cells = page.locator("main tbody th.name bdi").evaluate_all("cells => cells.slice(0, 7).map(c => c.textContent)")
    assert cells == HOSTILE
    assert page.locator("main tbody tr").nth(5).bounding_box()["height"] < 120  # type: ignore[index]
    fields = f"fields?with={'_'.join(id_of(rank) for rank in range(1, 5))}"
    for view in (
        f"cluster?id={id_of(1)}",
        f"collaboration?cluster={id_of(2)}",
        f"map?cluster={id_of(1)}",
        fields,
        "briefs?q=script",
    ):
        go(page, view)
        assert page.locator("main img, main script, main b b").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    go(page, f"cluster?id={id_of(6)}")
    expect(page.locator("#view-title")).to_have_text(HOSTILE[5])
    expect(page.locator("main")).to_contain_text("<b>Pharmaceuticals</b>")


def test_a_click_on_a_column_sorts_and_a_second_turns_the_order(page: Page) -> None:
    page.get_by_role("button", name="Show more of 260").click()
    header = page.get_by_role("columnheader", name="Patents", exact=True)
    header.get_by_role("button").click()
    page.get_by_role("button", name="Show more of 260").click()
    assert ranks(page) == sorted(range(1, COUNT + 1), key=lambda rank: (-((rank * 37) % 101), rank))
    assert header.get_attribute("aria-sort") == "descending"
    expect(page).to_have_url(re.compile(r"#ranking\?sort=-patents$"))
    header.get_by_role("button").press("Enter")
    assert header.get_attribute("aria-sort") == "ascending"
    assert ranks(page) == sorted(range(1, COUNT + 1), key=lambda rank: ((rank * 37) % 101, rank))[:250]
    page.locator("th.name button").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Show more of 260").click()
    assert names(page)[-1] == "Zürich–Genève"


def test_search_takes_letters_without_accents_and_names_of_economies(page: Page) -> None:
    page.get_by_label("Search").fill("geneve zur")
    assert names(page) == ["Zürich–Genève"]
    assert page.locator("circle.mark:not(.left-out)").count() == 1
    expect(page.locator(".count")).to_have_text("1 of 260 clusters")
    page.get_by_label("Search").fill("switzerland")
    assert ranks(page) == [9]
    expect(page).to_have_url(re.compile(r"#ranking\?q=switzerland$"))
    page.get_by_label("Search").fill("no such place")
    expect(page.locator(".none")).to_be_visible()
    page.get_by_role("button", name="Reset").click()
    assert len(ranks(page)) == 250
    assert page.locator("circle.left-out").count() == 0


def test_the_filter_keeps_every_cluster_with_the_label_and_goes_into_the_address(page: Page) -> None:
    page.get_by_label("Economy").select_option("CH")
    assert ranks(page) == [9]
    page.get_by_label("Economy").select_option("DE")
    kept = [rank for rank in range(1, COUNT + 1) if rank % 3 == 2]
    assert ranks(page) == kept
    expect(page).to_have_url(re.compile("economy=DE"))  # the address follows within half a second
    page.reload()
    assert ranks(page) == kept
    expect(page.get_by_label("Economy")).to_have_value("DE")


def test_the_download_is_what_is_seen_under_a_header(page: Page) -> None:
    go(page, "ranking?economy=JP&sort=-rank")
    header, rows = downloaded(page, "Download CSV")
    assert header == [
        "# Science and technology clusters, ranking, edition 2024",
        "# Source: Science and technology clusters, edition 2024. Computed from: Test.",
        f"# Note: {NOTE}",
        "# Windows: patents 2019–2023",
        "# Filter: economy Japan (JP)",
        "# View: #ranking?economy=JP&sort=-rank",
    ]
    assert [int(row["rank"]) for row in rows] == [rank for rank in range(COUNT, 0, -1) if rank % 3 == 0]
    last = rows[-1]
    assert (last["name"], last["cluster_id"], float(last["score"])) == (f"'{HOSTILE[2]}", f"C{id_of(3)}", 10.0)
    assert last["name"].startswith("'=")


def test_no_cell_of_a_download_begins_as_a_formula(browser: Browser, tmp_path: Path) -> None:
    data = world(30)
    rows: list[list[object]] = data["clusters"]["rows"]  # type: ignore[index]
    for row, begin in zip(rows, FORMULA_BEGINS, strict=False):
        row[2] = f"{begin}1+1"
    (tmp_path / "signs.html").write_text(page_text(data), encoding="utf-8")
    for page in opened(browser, tmp_path / "signs.html", 1440):
        _, downloads = downloaded(page, "Download CSV")
    assert [row["name"] for row in downloads[: len(FORMULA_BEGINS)]] == [f"'{begin}1+1" for begin in FORMULA_BEGINS]


SAFARI = """
const write = history.replaceState.bind(history), times = [];
window.writes = 0;
history.replaceState = (...state) => {
  const now = performance.now();
  while (times.length && now - times[0] > 30000) times.shift();
  if (window.writes++ >= MOST || times.push(now) > MOST) throw new DOMException("too many calls", "SecurityError");
  write(...state);
};
"""


@pytest.mark.parametrize("most", [100, 0])
def test_typing_goes_on_where_the_browser_limits_how_often_the_address_changes(
    browser: Browser, folder: Path, most: int
) -> None:
    """Safari throws after 100 writes of the address in 30 seconds; a page in a frame may have no right to any."""
    context = browser.new_context()
    context.add_init_script(SAFARI.replace("MOST", str(most)))
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto((folder / "explorer.html").as_uri())
    search = page.get_by_label("Search")
    for _ in range(12):
        search.press_sequentially("city 0123")
        search.fill("")
    search.press_sequentially("city 012")
    assert ranks(page) == [12]
    header, rows = downloaded(page, "Download CSV")
    assert "# View: #ranking?q=city+012" in header
    assert [row["rank"] for row in rows] == ["12"]
    if most:
        expect(page).to_have_url(re.compile(r"#ranking\?q=city\+012$"))
        page.get_by_role("link", name="City 012", exact=True).click()
        page.go_back()
        expect(page.get_by_label("Search")).to_have_value("city 012")
    assert page.evaluate("writes") <= 100
    assert wrong == []
    context.close()


def test_a_step_back_leads_to_what_was_chosen_a_moment_before(page: Page) -> None:
    page.get_by_label("Search").fill("city 01")
    page.get_by_label("Search").fill("city 012")
    page.get_by_role("link", name="City 012", exact=True).click()
    page.go_back()
    expect(page.get_by_label("Search")).to_have_value("city 012")


def test_a_brief_holds_the_figures_fields_partners_and_links_of_its_cluster(page: Page) -> None:
    page.get_by_role("link", name="City 012", exact=True).click()
    expect(page.locator("#view-title")).to_have_text("City 012")
    expect(page.locator("#view-title")).to_be_focused()
    expect(page.locator(".tiles")).to_contain_text("84.0 %1,008 of 1,200 patents")
    fields = page.get_by_role("region", name="Fields of the patents of City 012")
    assert cells(fields.locator("tbody tr").first)[:3] == ["<b>Pharmaceuticals</b>", "16", "22.9 %"]
    partners = page.get_by_role("region", name="Partner economies of City 012")
    assert cells(partners.locator("tbody tr").nth(0)) == ["Japan (JP) · domestic", "100", "50", "150"]
    assert cells(partners.locator("tbody tr").nth(1)) == ["United States (US)", "99", "50", "149"]
    linked = page.get_by_role("region", name="Clusters linked to City 012")
    assert cells(linked.locator("tbody tr").first) == ["City 017", "29", "58", "87"]
    expect(page.locator("svg.local path.chosen")).to_have_attribute("d", re.compile("^M"))
    page.get_by_role("link", name="Next rank: City 013").click()
    expect(page.locator("#view-title")).to_have_text("City 013")
    header, rows = downloaded(page, "Download CSV")
    assert "# Filter: cluster C" + id_of(13) in header
    assert {row["part"] for row in rows} == {"figures", "foreign", "fields", "partner economies", "linked clusters"}
    page.go_back()
    page.go_back()
    expect(page.locator("#view-title")).to_have_text("Ranking")


def test_fields_of_the_top_and_of_up_to_four_clusters_stand_side_by_side(page: Page) -> None:
    go(page, "fields")
    assert set(FIELDS) - set(names(page)) == {"unknown"}
    assert "Not told by the source" in names(page)
    page.get_by_label("Compare 1").select_option(id_of(12))
    page.get_by_label("Compare 2").select_option(id_of(200))
    page.get_by_role("columnheader", name="City 012").get_by_role("button").click()
    assert cells(page.locator("main tbody tr").first)[1:] == [
        "20.8 %",
        "22.9 %",
        "20.2 %",
    ]
    assert names(page)[0] == "<b>Pharmaceuticals</b>"
    page.get_by_text("Articles", exact=True).first.click()
    expect(page).to_have_url(re.compile(rf"#fields\?with={id_of(12)}_{id_of(200)}&kind=article$"))
    _, rows = downloaded(page, "Download CSV")
    assert [float(rows[0][name]) for name in ("City 012", "City 200")] == pytest.approx([16 / 70, 204 / 1010])
    for kind in range(3, 5):
        page.get_by_label(f"Compare {kind}").select_option(id_of(kind + 20))
    assert page.locator("main thead th").count() == 6


def test_a_cluster_is_chosen_for_its_links_in_the_table_the_chart_and_the_map(page: Page) -> None:
    go(page, "collaboration")
    expect(page.locator("#links-title")).to_have_text("Links of one cluster")
    page.get_by_role("button", name="City 020", exact=True).click()
    expect(page.locator("#links-title")).to_have_text("Links of City 020")
    expect(page.get_by_role("button", name="City 020", exact=True)).to_be_focused()
    assert page.locator("path.arc").count() == 10
    assert page.locator(".links circle.mark:not(.unlinked)").count() == 11
    assert page.locator("tr.chosen td.rank").inner_text() == "20"
    chart = page.locator(f'.chart circle[data-id="{id_of(12)}"]')
    chart.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#links-title")).to_have_text("Links of City 012")
    page.locator(f'.links circle[data-id="{id_of(15)}"]').focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"#collaboration\?cluster={id_of(15)}$"))
    _, rows = downloaded(page, "Download links")
    assert [(row["cluster"], row["cluster_id"], row["patents"], row["articles"]) for row in rows[:2]] == [
        ("City 020", f"C{id_of(20)}", "35", "70"),
        ("City 019", f"C{id_of(19)}", "34", "68"),
    ]
    _, rows = downloaded(page, "Download CSV")
    assert [rows[11][f"patent_{name}"] for name in ("documents", "foreign_documents", "foreign_share")] == [
        "1200",
        "1008",
        "0.84",
    ]
    page.locator(".links-of label").get_by_text("Articles").click()
    expect(page).to_have_url(re.compile("kind=article"))


def test_the_map_zooms_to_an_outline_where_the_mark_is(page: Page) -> None:
    go(page, "map")
    assert page.locator("path.outline:visible").count() == 0
    page.locator(f'circle[data-id="{id_of(10)}"]').click()
    expect(page.locator(".detail")).to_contain_text("City 010")
    page.get_by_role("button", name="Zoom to its outline").click()
    outline = page.locator("path.outline.chosen")
    expect(outline).to_be_visible()
    shape, mark = outline.bounding_box(), page.locator("circle.chosen").bounding_box()
    assert shape
    assert mark
    assert shape["width"] > 30
    assert abs(shape["x"] - mark["x"] - mark["width"] / 2) < 3  # the square's south-western corner is at the mark
    assert abs(shape["y"] + shape["height"] - mark["y"] - mark["height"] / 2) < 3
    expect(page).to_have_url(re.compile("at="))
    page.reload()
    expect(page.locator("path.outline.chosen")).to_be_visible()
    page.get_by_role("button", name="Whole world").click()
    expect(outline).to_be_hidden()
    expect(page).not_to_have_url(re.compile("at="))


def test_the_wheel_zooms_at_the_pointer(page: Page) -> None:
    go(page, "map")
    mark = page.locator(f'circle[data-id="{id_of(10)}"]')
    before = mark.bounding_box()
    assert before
    page.mouse.move(before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    page.mouse.wheel(0, -300)
    expect(page.locator(".frame svg").first).not_to_have_attribute("data-zoom", "1.00")
    after = mark.bounding_box()
    assert after
    assert abs(after["x"] + after["width"] / 2 - before["x"] - before["width"] / 2) < 2
    page.mouse.wheel(0, 3000)
    expect(page.locator(".frame svg").first).to_have_attribute("data-zoom", "1.00")


def test_noise_is_a_layer_and_borders_are_a_file_of_the_reader(page: Page, tmp_path: Path) -> None:
    go(page, "map")
    assert page.locator(".noise").count() == 0
    page.get_by_label("Outside the clusters").check()
    expect(page).to_have_url(re.compile(r"#map\?noise=1$"))
    assert [
        bool(path)
        for path in page.locator(".noise path").evaluate_all("all => all.map(p => p.getAttribute('d') !== 'M0 0')")
    ] == [True, False, False, True]
    page.get_by_text("Borders", exact=True).click()
    borders = {
        "type": "FeatureCollection",
        "features": [{"geometry": {"type": "LineString", "coordinates": [[0, 0], [9, 9]]}}],
    }
    (tmp_path / "borders.json").write_text(json.dumps(borders))
    (tmp_path / "wrong.json").write_text("no")
    page.get_by_label("File of borders").set_input_files(tmp_path / "wrong.json")
    expect(page.get_by_text("The file is not GeoJSON")).to_be_visible()
    page.get_by_label("File of borders").set_input_files(tmp_path / "borders.json")
    expect(page.locator("path.borders")).to_have_count(1)


def test_marks_are_reached_by_keyboard_and_say_what_they_are(page: Page) -> None:
    go(page, "map")
    page.locator("circle.mark[tabindex='0']").focus()
    page.keyboard.press("Home")
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    assert "Rank 9" in str(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    expect(page.locator(".tip")).to_be_visible()
    expect(page.locator(".tip")).to_contain_text("City 009")
    page.keyboard.press("+")
    expect(page.locator(".frame svg").first).to_have_attribute("data-zoom", "1.60")
    page.keyboard.press("Enter")
    expect(page.locator(".detail")).to_contain_text("City 009")


def test_the_keyboard_alone_leads_from_the_ranking_to_a_download_of_a_brief(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "skip"
    page.keyboard.press("Enter")
    pressed = 0
    while page.evaluate("document.activeElement.textContent") != name_of(9) and pressed < 60:
        page.keyboard.press("Tab")
        pressed += 1
    page.keyboard.press("Enter")
    expect(page.locator("#view-title")).to_have_text("City 009")
    for _ in range(5):
        page.keyboard.press("Tab")
    with page.expect_download() as started:
        page.keyboard.press("Enter")
    assert started.value.suggested_filename == "cluster-2024.csv"


def test_hovering_shows_the_name(page: Page) -> None:
    go(page, "map")
    page.locator(f'circle[data-id="{id_of(10)}"]').hover()
    expect(page.locator(".tip b")).to_have_text("City 010")
    page.mouse.move(5, 5)
    expect(page.locator(".tip")).to_be_hidden()


def test_a_larger_score_has_a_mark_of_larger_area(page: Page) -> None:
    go(page, "map")
    radii = page.locator("circle.mark").evaluate_all("marks => marks.map(m => Number(m.getAttribute('r')))")
    assert (radii[0] / radii[3]) ** 2 == pytest.approx(4, rel=0.05)


def test_the_projection_is_equal_earth(page: Page) -> None:
    """122 E 47 N against PROJ's documentation of eqearth (1.55, 0.89 for R = 1), and the length of the pole line,
    0.59247 of the equator, against Esri's; a cell in the tropics and one at 60 N have their areas on the sphere."""
    lines = [
        [tuple((float(n) - origin) / UNIT for n, origin in zip(place.split(), (500, 0), strict=True)) for place in line]
        for line in (part.split("L") for part in str(page.locator("path.land").get_attribute("d")).split("M")[1:])
    ]
    known, equator, pole = lines[0]
    assert (round(known[0], 2), round(-known[1], 2)) == (1.55, 0.89)
    assert pole[0] / equator[0] == pytest.approx(0.59247, abs=2e-5)
    for ring, south in ((lines[1], 0), (lines[2], 60)):
        twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
        on_the_sphere = math.radians(10) * (math.sin(math.radians(south + 10)) - math.sin(math.radians(south)))
        assert abs(twice) / 2 == pytest.approx(on_the_sphere, rel=2e-3)


def test_intervals_changes_and_intensity_are_shown_where_the_data_have_them(uncertain: Page, page: Page) -> None:
    for name in ("Interval", "Change", "Intensity"):
        assert page.get_by_role("columnheader", name=name).count() == 0
        assert uncertain.get_by_role("columnheader", name=name).count() == 1
    assert uncertain.locator("td.change").all_inner_texts()[4:9] == ["▲ 1", "▼ 1", "=", "new", "▼ 1"]
    assert uncertain.locator("td.interval").nth(4).inner_text() == "3–8"
    _, rows = downloaded(uncertain, "Download CSV")
    assert (rows[4]["rank_low"], rows[4]["rank_high"], rows[4]["top_probability"]) == ("3", "8", "1")
    go(uncertain, f"cluster?id={id_of(12)}")
    expect(uncertain.locator(".tiles")).to_contain_text("between 10 and 15 (95 %)")
    expect(uncertain.locator(".tiles")).to_contain_text("score per million of 2,000,000 people (gazetteer)")


@pytest.mark.parametrize("width", [1024, 1280, 1440])
def test_the_ranking_with_every_column_is_not_cut(uncertain: Page, width: int) -> None:
    uncertain.set_viewport_size({"width": width, "height": 900})
    uncertain.wait_for_timeout(100)
    last = uncertain.get_by_role("columnheader", name="Intensity").bounding_box()
    card = uncertain.locator(".card.many").bounding_box()
    assert last
    assert card
    assert last["x"] + last["width"] <= card["x"] + card["width"]


def test_briefs_are_printed_a_page_each_on_white(dark: Page) -> None:
    go(dark, "briefs?q=City+01")
    assert dark.locator("article.brief").count() == 12
    assert dark.get_by_role("heading", level=3, name="City 012").count() == 1
    dark.emulate_media(media="print")
    printed = dark.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 12
    assert dark.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert dark.locator("header.top").is_hidden()


def test_a_phone_shows_a_brief_and_the_search(phone: Page) -> None:
    assert phone.locator("#view-title").count() == 1
    assert phone.locator(".table.scrolls").count() == 0
    phone.get_by_label("Search").fill("city 011")
    assert ranks(phone) == [11]
    phone.get_by_role("link", name="City 011", exact=True).click()
    expect(phone.locator("#view-title")).to_be_in_viewport()
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_without_a_cluster_it_says_that_none_reached_the_threshold(empty: Page) -> None:
    message = "No cluster reached the threshold of 4,500 inventor-equivalents within 15 km."
    expect(empty.locator(".empty")).to_have_text(message)
    expect(empty.locator("table")).to_have_count(0)
    expect(empty.locator("#note")).to_be_visible()
    go(empty, "about")
    expect(empty.locator("main")).to_contain_text("15 km")

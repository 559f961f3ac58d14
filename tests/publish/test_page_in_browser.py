"""The page in headless Chromium: it opens from a file, sorts, searches, filters; names stay text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from stclusters.publish.page import page_text

pytestmark = pytest.mark.browser
CHROMIUM = Path("/usr/bin/chromium")
HOSTILE = [
    "</script><script>document.title='taken'</script>",
    "<img src=x onerror=\"document.title='taken'\">",
    '=HYPERLINK("http://example.org")',
    "'; DROP TABLE clusters; --",
    "\u202eThgir ot tfel\u202c",
    "x" * 10_000,
    "Zürich–Genève",
]
HOMES = ["JP", "US", "DE"]
COUNT = 130
UNIT = 1000 / 5.4133  # the page's map is 1000 wide, the projection of the unit sphere 5.4133
KNOWN = [12200, 4700, 5800, -4700, 0, 9000]  # 122 E 47 N, 180 E 0 N, 180 E 90 N: hundredths of a degree, in steps


def cell(south: int) -> list[int]:
    """10 by 10 degrees north-east of 0 E, a vertex each degree, in steps of hundredths of a degree."""
    return [0, south * 100, *[100, 0] * 10, *[0, 100] * 10, *[-100, 0] * 10, *[0, -100] * 9]


def cluster(rank: int) -> list[object]:
    """A row of the page's data: rank, name, economies and figures are told by the rank."""
    name = HOSTILE[rank - 1] if rank <= len(HOSTILE) else f"City {rank:03}"
    home = HOMES[rank % 3]
    economies = [home, "CH"] if rank == 9 else [home]
    patents, articles = 1000.0 + (rank * 37) % 101, 9000.0 - rank
    shares = [0.1 / rank, 0.2 / rank]
    place = [(rank * 47) % 340 - 170, (rank * 29) % 120 - 50]
    return [
        f"46116860184273{rank:05}",
        rank,
        name,
        home,
        economies,
        patents,
        articles,
        *shares,
        30 / rank,
        *place,
        700,
        1,
        2,
    ]


def data(count: int = COUNT) -> dict[str, object]:
    square = [0, 0, 300, 0, 0, 300, -300, 0, 0, -300]
    rows = [cluster(rank) for rank in range(1, count + 1)]
    outlines = {str(row[0]): [[int(row[10]) * 1000, int(row[11]) * 1000, *square[2:]]] for row in rows}  # type: ignore[call-overload]
    return {
        "edition": 2024,
        "note": "A convenience sample <b>of names</b>: ranks mean nothing.",
        "threshold": "4,500 inventor-equivalents within 15 km",
        "windows": "patents 2019–2023",
        "top": 100,
        "about": [{"heading": "Method", "paragraphs": ["Dense & exact."], "facts": [["Radius", "15 km"]]}],
        "clusters": rows,
        "economies": [[home, 40, 30, 3 - i, 5.0, 6.0, 7.0 + i] for i, home in enumerate(HOMES)] if count else [],
        "outlines": outlines,
        "coastline": [KNOWN, cell(0), cell(60)],
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
    for name, count in (("index.html", COUNT), ("empty.html", 0)):
        (folder / name).write_text(page_text(data(count)), encoding="utf-8")
    return folder


def opened(browser: Browser, path: Path, width: int, height: int = 900) -> Iterator[Page]:
    """The page, open; afterwards, that it wrote nothing to the console, threw nothing and asked for nothing."""
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if request.url != path.as_uri() else None)
    page.goto(path.as_uri())
    yield page
    assert page.title() == "Science and technology clusters, edition 2024"
    context.close()
    assert wrong == []


@pytest.fixture
def page(browser: Browser, folder: Path) -> Iterator[Page]:
    yield from opened(browser, folder / "index.html", 1440)


@pytest.fixture
def phone(browser: Browser, folder: Path) -> Iterator[Page]:
    yield from opened(browser, folder / "index.html", 390, 844)


@pytest.fixture
def empty(browser: Browser, folder: Path) -> Iterator[Page]:
    yield from opened(browser, folder / "empty.html", 1440)


def column(page: Page, name: str) -> list[str]:
    return page.locator(f"#table tbody tr[data-id] td.{name}").all_inner_texts()


def ranks(page: Page) -> list[int]:
    return [int(rank) for rank in column(page, "rank")]


def test_it_opens_with_the_note_and_the_first_hundred_ranks(page: Page) -> None:
    expect(page.locator("#note")).to_have_text("A convenience sample <b>of names</b>: ranks mean nothing.")
    assert page.locator("#note").bounding_box()["y"] < 200  # type: ignore[index]
    assert ranks(page) == list(range(1, 101))
    page.get_by_role("button", name="Show 30 more").click()
    assert ranks(page) == list(range(1, 131))
    assert page.locator("#map circle.mark").count() == COUNT
    expect(page.locator("#economies-table tbody tr")).to_have_count(3)
    expect(page.locator("#about")).to_contain_text("Dense & exact.")


def test_hostile_names_are_text(page: Page) -> None:
    assert (
        page.locator("#table td.name bdi").evaluate_all("cells => cells.slice(0, 7).map(c => c.textContent)") == HOSTILE
    )
    assert page.locator("#table img, #table script, #map img").count() == 0
    assert page.locator("#table tbody tr").nth(5).bounding_box()["height"] < 120  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#table tbody tr").nth(5).click()
    expect(page.locator("#detail h3")).to_have_text(HOSTILE[5])


def test_a_click_on_a_column_sorts_and_a_second_turns_the_order(page: Page) -> None:
    header = page.locator("#table").get_by_role("columnheader", name="Patents", exact=True)
    page.locator("#more").click()
    header.get_by_role("button").click()
    expected = sorted(range(1, COUNT + 1), key=lambda rank: (-((rank * 37) % 101), rank))
    assert ranks(page) == expected[:COUNT]
    assert header.get_attribute("aria-sort") == "descending"
    header.get_by_role("button").press("Enter")
    assert header.get_attribute("aria-sort") == "ascending"
    assert ranks(page) == sorted(range(1, COUNT + 1), key=lambda rank: ((rank * 37) % 101, rank))
    page.locator("#table th.name button").focus()
    page.keyboard.press("Space")
    assert column(page, "name")[-1] == "Zürich–Genève"


def test_search_takes_letters_without_accents_and_names_of_economies(page: Page) -> None:
    page.get_by_label("Search").fill("geneve zur")
    assert column(page, "name") == ["Zürich–Genève"]
    assert page.locator("circle.mark:not(.left-out)").count() == 1
    expect(page.locator("#count")).to_have_text("1 of 130 clusters")
    page.get_by_label("Search").fill("switzerland")
    assert ranks(page) == [9]
    page.get_by_label("Search").fill("no such place")
    expect(page.locator("#none")).to_be_visible()
    page.get_by_role("button", name="Reset").click()
    assert len(ranks(page)) == 100
    assert page.locator("circle.left-out").count() == 0


def test_the_filter_keeps_every_cluster_with_the_label(page: Page) -> None:
    page.locator("#economy").select_option("CH")
    assert ranks(page) == [9]
    page.locator("#economy").select_option("DE")
    assert ranks(page) == [rank for rank in range(1, COUNT + 1) if rank % 3 == 2]


def test_a_row_chooses_its_mark_and_a_mark_its_row(page: Page) -> None:
    page.get_by_role("button", name="City 020", exact=True).click()
    chosen = page.locator("circle.chosen")
    assert chosen.get_attribute("data-id") == "4611686018427300020"
    page.locator('circle[data-id="4611686018427300012"]').click()
    assert page.locator("tr.chosen td.rank").inner_text() == "12"
    expect(page.locator("tr.chosen")).to_be_in_viewport()
    expect(page.locator("#detail")).to_contain_text("City 012")
    page.locator('circle[data-id="4611686018427300120"]').focus()
    page.keyboard.press("Enter")  # its row is not among the first hundred
    assert page.locator("tr.chosen td.rank").inner_text() == "120"


def test_marks_are_reached_by_keyboard_and_say_what_they_are(page: Page) -> None:
    page.locator("circle.mark[tabindex='0']").focus()
    page.keyboard.press("Home")
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    assert "Rank 9" in str(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    expect(page.locator("#tip")).to_be_visible()
    expect(page.locator("#tip")).to_contain_text("City 009")


def test_hovering_shows_the_name(page: Page) -> None:
    page.locator('circle[data-id="4611686018427300010"]').hover()
    expect(page.locator("#tip b")).to_have_text("City 010")
    page.mouse.move(5, 5)
    expect(page.locator("#tip")).to_be_hidden()


def test_a_larger_score_has_a_mark_of_larger_area(page: Page) -> None:
    radii = page.locator("circle.mark").evaluate_all("marks => marks.map(m => Number(m.getAttribute('r')))")
    assert (radii[0] / radii[3]) ** 2 == pytest.approx(4, rel=0.05)


def test_zooming_shows_the_outline_where_the_mark_is(page: Page) -> None:
    assert page.locator("#map path.outline:visible").count() == 0
    page.get_by_role("button", name="City 010", exact=True).click()
    page.get_by_role("button", name="Zoom to its outline").click()
    outline = page.locator("path.outline.chosen")
    expect(outline).to_be_visible()
    shape, mark = outline.bounding_box(), page.locator("circle.chosen").bounding_box()
    assert shape
    assert mark
    assert shape["width"] > 30
    assert abs(shape["x"] - mark["x"] - mark["width"] / 2) < 3  # the square's south-western corner is at the mark
    assert abs(shape["y"] + shape["height"] - mark["y"] - mark["height"] / 2) < 3
    page.get_by_role("button", name="Whole world").click()
    expect(outline).to_be_hidden()


def test_the_wheel_zooms_at_the_pointer(page: Page) -> None:
    mark = page.locator('circle[data-id="4611686018427300010"]')
    before = mark.bounding_box()
    assert before
    page.mouse.move(before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    page.mouse.wheel(0, -300)
    expect(page.locator("#map svg")).not_to_have_attribute("data-zoom", "1.00")
    after = mark.bounding_box()
    assert after
    assert abs(after["x"] + after["width"] / 2 - before["x"] - before["width"] / 2) < 2
    page.mouse.wheel(0, 3000)
    expect(page.locator("#map svg")).to_have_attribute("data-zoom", "1.00")


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


def test_a_phone_shows_it_without_scrolling_sideways(phone: Page) -> None:
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    assert phone.locator("#ranking .table.scrolls").count() == 0
    phone.get_by_role("button", name="City 010", exact=True).click()
    row = phone.locator("tr.chosen + tr.inline")
    expect(row).to_contain_text("City 010")  # the brief stands under the row, not out of sight on the map
    expect(row).to_be_in_viewport()
    phone.get_by_label("Search").fill("city 011")
    assert ranks(phone) == [11]
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_without_a_cluster_it_says_that_none_reached_the_threshold(empty: Page) -> None:
    message = "No cluster reached the threshold of 4,500 inventor-equivalents within 15 km."
    expect(empty.locator("#empty")).to_have_text(message)
    expect(empty.locator("#ranking")).to_be_hidden()
    expect(empty.locator("#about")).to_contain_text("15 km")
    expect(empty.locator("#note")).to_be_visible()

"""The page in a real browser: no script, no network, no overflow, no obstacle for assistive technology."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reports.writing.writer import write_all
from tests.reports.builders import ROWS_WITH_ALL_VERDICTS, sample, save_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# In CI a missing browser is a mistake of the workflow: there the launch fails, and nothing is skipped.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists() and not os.environ.get("CI"), reason=f"{CHROMIUM} is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("out")
    made, histories = sample()
    save_all(histories, out)
    return write_all(made, out).index_html.as_uri()


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.goto(url)
    yield opened
    opened.close()


def test_the_page_asks_for_itself_only_and_the_console_stays_empty(browser: Browser, url: str) -> None:
    opened = browser.new_page()
    asked: list[str] = []
    said: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto(url, wait_until="networkidle")
    opened.close()
    assert [address for address in asked if not address.startswith("data:")] == [url]
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(page: Page, tmp_path: Path, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    # axe looks at every pair of elements: the whole sample would take it twenty seconds.
    made, histories = sample(ROWS_WITH_ALL_VERDICTS)
    save_all(histories, tmp_path)
    url = write_all(made, tmp_path).index_html.as_uri()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(url)
    target = page.locator("section.family td a.FAIL").first.get_attribute("href")
    page.goto(f"{url}{target}")
    for summary in page.locator("#evidence details > summary").all()[:5]:
        summary.click()
    page.locator("#histories details > summary").first.click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_every_cell_of_the_matrix_leads_to_visible_evidence(page: Page) -> None:
    cells = page.locator("section.family td a")
    targets = cells.evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert len(targets) == 35 * 9
    hidden = page.evaluate(
        """targets => targets.filter(target => {
            location.hash = target;
            const place = document.querySelector(':target');
            if (place === null || '#' + place.id !== target) return true;
            const box = place.getBoundingClientRect();
            return box.height === 0 || box.top < -1 || box.top > innerHeight;
        })""",
        targets,
    )
    assert hidden == []


@pytest.mark.parametrize("kind", ["FAIL", "NOT_TESTABLE", "INCONCLUSIVE", "GAP", "PASS", "NOT_APPLICABLE", "OBSERVED"])
def test_a_click_on_a_cell_shows_the_requirement_and_the_verdict(page: Page, kind: str) -> None:
    page.locator(f"section.family td a.{kind}").first.click()
    place = page.locator(":target")
    assert place.is_visible()
    assert place.locator(".again").is_visible()
    assert place.locator(f".badge.{kind}").first.is_visible()
    assert place.bounding_box() is not None


def test_a_name_in_the_comparison_of_runtimes_leads_to_its_evidence(page: Page) -> None:
    page.locator("#observations .differs a").first.click()
    assert page.locator(":target .badge.OBSERVED").first.is_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_no_word_of_a_comparison_is_broken_into_letters(browser: Browser, url: str, width: int) -> None:
    opened = browser.new_page(viewport={"width": width, "height": 844})
    opened.goto(url)
    widths = opened.locator("#observations td").evaluate_all("cells => cells.map(cell => cell.clientWidth)")
    opened.close()
    assert min(widths) > 60


def test_a_failure_leads_to_its_timeline(page: Page) -> None:
    page.locator("section.family td a.FAIL").first.click()
    page.locator(":target").get_by_role("link", name="Timeline and all events").first.click()
    assert page.locator(":target").get_by_role("img").is_visible()


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_the_page_never_scrolls_sideways(browser: Browser, url: str, width: int) -> None:
    opened = browser.new_page(viewport={"width": width, "height": 844})
    opened.goto(url)
    wide = opened.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")
    opened.close()
    assert wide <= width


def test_the_head_and_the_first_column_of_a_matrix_stay_in_sight(browser: Browser, url: str) -> None:
    opened = browser.new_page(viewport={"width": 390, "height": 400})
    opened.goto(url)
    box = opened.locator("section.family .scroll").first
    box.evaluate("box => box.scrollTo(200, 150)")
    outer = box.bounding_box()
    head = box.locator("thead th").nth(1).bounding_box()
    first = box.locator("tbody th").last.bounding_box()
    opened.close()
    assert outer is not None
    assert head is not None
    assert first is not None
    assert abs(head["y"] - outer["y"]) < 3
    assert abs(first["x"] - outer["x"]) < 3

"""The page about the service in a real browser: it loads itself anew, asks nobody else, and fits a telephone."""

from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from schedules import status_page
from schedules.child import Runner
from schedules.workspace import create_workspace
from storage import lake, rows
from storage.records import JobRun, Watermark, utc_now
from tests.storage.builders import make

HOSTILE = "<script>document.title = 'run'</script>" + "x" * 300
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_it_shows_the_state_and_loads_itself_anew(
    browser: Browser, tmp_path: Path, artefacts: Path, monkeypatch: pytest.MonkeyPatch, theme: str, width: int
) -> None:
    monkeypatch.setattr(status_page, "REFRESH_SECONDS", 1)
    workspace, _ = create_workspace(tmp_path / "home", "tests@example.org")
    failed = make(JobRun, job="refresh", outcome="failed", started_at=utc_now(), finished_at=utc_now(), error=HOSTILE)
    hole = Watermark("github", date(2026, 10, 1), date(2026, 11, 1), "hole", "denied", utc_now())
    lake.write(workspace.home, "a failure", lambda connection: rows.insert(connection, [failed], JobRun))
    asked: list[str] = []
    said: list[str] = []
    with status_page.serve_status(workspace, "127.0.0.1:0", Runner(workspace.home.root, 1.0)) as address:
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(address)
        assert "1 to look at" in page.inner_text("h1")
        assert HOSTILE in page.inner_text("main")
        assert page.evaluate(FITS)
        lake.write(workspace.home, "a hole", lambda connection: rows.insert(connection, [hole], Watermark))
        page.get_by_role("heading", name="2 to look at").wait_for()
        assert page.title().startswith("Trouble"), "what an error says is text"
        assert [one["id"] for one in Axe().run(page).response["violations"]] == []
        page.screenshot(path=artefacts / f"status-{theme}-{width}.png", full_page=True)
        page.close()
    assert said == []
    assert {url for url in asked if not url.startswith(("data:", address))} == set()

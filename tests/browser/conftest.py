"""Pages in a real browser: one report of a synthetic lake, one Chromium, and a page that watches what it does."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from analysis.report import write_report
from config import load_settings
from tests.browser.lake import filled
from tests.conftest import require

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
MEANINGS = {"too_old": "A witness dates the text before the window."}
Open = Callable[..., Page]


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """Write one report of three snapshots."""
    small = filled()
    folder = tmp_path_factory.mktemp("report")
    settings = load_settings().analysis.model_copy(update={"bootstrap_draws": 200})
    write_report(small.connection, folder, None, settings, "document@1", meanings=MEANINGS)
    small.connection.close()
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the Chromium of this machine, for one file of tests; nothing is ever downloaded.

    Playwright keeps an event loop running as long as it lives, in which no test of another file could run one.
    """
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    require(path is not None, "chromium (on Debian: apt-get install chromium)")
    # Chromium has no sandbox for root, as whom CI runs it.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    # Workers share the cores, and a page of sixty models is large.
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=arguments)
        yield started
        started.close()


@pytest.fixture
def complaints() -> list[str]:
    """Return what the pages of a test say on their consoles, and every address they ask for beyond the site."""
    return []


@pytest.fixture
def open_page(browser: Browser, site: Path, complaints: list[str]) -> Iterator[Open]:
    """Return what opens a page of the site; a test whose page complains, asks outside or opens a dialog fails."""
    contexts = []

    def open_one(name: str = "S.html", *, width: int = 1440, theme: str = "light", **options) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: complaints.append(request.url) if not _is_ours(request.url, site) else None)
        page.goto(f"{site.as_uri()}/{name}")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def artefacts(request) -> Path:
    """Return the folder that pictures of the pages go to, and say where it is (workers have nobody to say it to)."""
    chosen = os.environ.get("FRESHPRESS_ARTEFACTS")
    folder = Path(chosen) if chosen else Path(tempfile.gettempdir()) / "freshpress-pages"
    folder.mkdir(parents=True, exist_ok=True)
    plugins = request.config.pluginmanager
    if terminal := plugins.getplugin("terminalreporter"):
        with plugins.getplugin("capturemanager").global_and_fixture_disabled():
            terminal.write_line(f"pictures of the pages: {folder}")
    return folder


def _is_ours(url: str, site: Path) -> bool:
    return url.partition("#")[0].startswith(site.as_uri())

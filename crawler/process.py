"""Start a crawl in a process of its own and wait for it. The one door of the crawlers to the jobs.

Scrapy's reactor can run once in a process and must not live in that of a scheduler. The child's log lands beside
its data; whatever keeps the window from being complete is raised as one sentence.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import crawler
from config import CrawlerSettings
from crawler.spec import CrawlProgress, CrawlSpec
from storage import landing
from storage.durable_files import write_whole
from storage.errors import BusyError, ConfigError, CrawlError, DiskError, FreshpressError
from storage.forgotten import NOTHING_FORGOTTEN, Forgotten
from storage.records import SOURCES, CrawlRun

SPEC_FILE = "spec.json"
LOG_FILE = "crawl.log"
# What the child may have failed with that says nothing about the source.
_OTHER_ERRORS: dict[str, type[FreshpressError]] = {e.__name__: e for e in (BusyError, ConfigError, DiskError)}


def crawl(
    landing_root: Path,
    source: str,
    since: date,
    until: date,
    settings: CrawlerSettings,
    on_progress: Callable[[CrawlProgress], None],
    forgotten: Forgotten = NOTHING_FORGOTTEN,
) -> CrawlRun:
    """Crawl a source over a window, or go on with it; return the complete run. What was forgotten does not land."""
    if source not in SOURCES or since >= until:
        raise CrawlError(
            f"Cannot crawl {source} from {since} to {until}: known sources are {', '.join(SOURCES)}, "
            f"and a window ends after it begins."
        )
    spec = CrawlSpec(source, since, until, landing_root.resolve(), settings.seed, settings, forgotten)
    last = _run_child(spec, on_progress)
    run = landing.read_run(spec.folder)
    if last.get("done") and run and run.is_complete:
        return run
    if "message" in last:
        raise _OTHER_ERRORS.get(last["error"], CrawlError)(last["message"])
    raise CrawlError(
        f"The {source} crawl of {since} to {until} broke off; {spec.folder / LOG_FILE} says why; "
        f"run it again to go on where it stopped."
    )


def _run_child(spec: CrawlSpec, on_progress: Callable[[CrawlProgress], None]) -> dict[str, Any]:
    """Run the crawl, hand on its progress, and return the last thing it said."""
    spec_path = spec.folder / SPEC_FILE
    write_whole(spec_path, spec.to_json().encode())
    command = [sys.executable, "-m", "crawler", str(spec_path), "--parent", str(os.getpid())]
    last: dict[str, Any] = {}
    with (
        (spec.folder / LOG_FILE).open("ab") as log,
        subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=_environment(spec.source)
        ) as child,
    ):
        assert child.stdout is not None
        try:
            for line in child.stdout:
                last = json.loads(line)
                if "note" in last:
                    on_progress(CrawlProgress(**last))
        except BaseException:
            # Whoever watches has failed or was interrupted: nobody would hear how the crawl ends.
            child.kill()
            raise
    return last


def _environment(source: str) -> dict[str, str]:
    """Return the child's environment: our modules found wherever we were started, the token only for its source."""
    values = dict(os.environ)
    if source != "github":
        values.pop("GITHUB_TOKEN", None)
    root = str(Path(crawler.__file__).resolve().parent.parent)
    values["PYTHONPATH"] = os.pathsep.join(filter(None, [root, values.get("PYTHONPATH")]))
    return values

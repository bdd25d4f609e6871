"""The pause of a source holds over every crawl of one user: other windows, other homes, and after a restart."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from config import CrawlerSettings
from crawler.pace import Turn, host_group, state_folder, take_turn
from crawler.spec import CrawlSpec
from storage.errors import ConfigError, CrawlError
from tests.crawler.loopback import SINCE, UNTIL, Asked, Crawls, Origin, Reply, changed
from tests.crawler.test_arxiv_crawl import TEX, error, page
from tests.crawler.test_oai import raw_record

DELAY_SECONDS = 3.0


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test pauses of its own; return where they are kept."""
    monkeypatch.setenv("FRESHPRESS_STATE", str(tmp_path / "state"))
    return tmp_path / "state" / "pace"


def begin(path: Path, now: float, slot: str = "all") -> Turn:
    turn = take_turn(path, slot, DELAY_SECONDS, now)
    assert isinstance(turn, Turn)
    return turn


def test_the_first_request_waits_for_nothing_and_the_next_for_the_rest(tmp_path: Path) -> None:
    turn = begin(tmp_path / "arxiv.org", 100.0)
    turn.note_answer(101.0)
    turn.end(102.5)
    assert take_turn(tmp_path / "arxiv.org", "all", DELAY_SECONDS, 102.5) == pytest.approx(1.5)
    begin(tmp_path / "arxiv.org", 104.0).end(105.0)
    # It was never answered, so it counts from its end.
    assert take_turn(tmp_path / "arxiv.org", "all", DELAY_SECONDS, 105.0) == pytest.approx(3.0)


def test_one_asks_at_a_time(tmp_path: Path) -> None:
    turn = begin(tmp_path / "pace", 100.0)
    assert take_turn(tmp_path / "pace", "all", DELAY_SECONDS, 200.0) is None
    turn.end(200.0)
    begin(tmp_path / "pace", 203.0).end(203.0)


def test_a_request_that_its_process_did_not_survive_counts_from_when_that_is_noticed(tmp_path: Path) -> None:
    os.close(begin(tmp_path / "pace", 100.0).descriptor)  # as the kernel does for the dead
    assert take_turn(tmp_path / "pace", "all", DELAY_SECONDS, 150.0) == pytest.approx(3.0)
    assert take_turn(tmp_path / "pace", "all", DELAY_SECONDS, 152.0) == pytest.approx(1.0)
    begin(tmp_path / "pace", 153.0)


@pytest.mark.parametrize("content", ['{"all": 9e9}', '{"all": "soon"}', "{", "[]", "\0\0\0", '{"all": NaN}'])
def test_a_clock_put_back_or_a_damaged_file_costs_one_pause_and_no_more(tmp_path: Path, content: str) -> None:
    path = tmp_path / "pace"
    path.write_text(content)
    assert take_turn(path, "all", DELAY_SECONDS, 100.0) == pytest.approx(3.0)
    assert take_turn(path, "all", DELAY_SECONDS, 101.0) == pytest.approx(2.0)
    begin(path, 103.0)


def test_kinds_of_requests_have_pauses_of_their_own_and_all_keep_away_from_robots_txt(tmp_path: Path) -> None:
    path = tmp_path / "pace"
    begin(path, 100.0, "search").end(100.0)
    begin(path, 100.0, "archive").end(101.0)
    assert take_turn(path, "search", DELAY_SECONDS, 102.0) == pytest.approx(1.0)
    assert take_turn(path, "", DELAY_SECONDS, 102.0) == pytest.approx(2.0)
    begin(path, 104.0, "").end(104.0)
    assert take_turn(path, "archive", DELAY_SECONDS, 105.0) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("url", "group"),
    [
        ("https://export.arxiv.org/e-print/1", "arxiv.org"),
        ("https://oaipmh.arxiv.org./oai", "arxiv.org"),
        ("http://OAIPMH.arXiv.org/oai", "arxiv.org"),
        ("https://index.commoncrawl.org/collinfo.json", "commoncrawl.org"),
        ("https://api.github.com/search", "api.github.com_443"),
        ("https://codeload.github.com/x", "codeload.github.com_443"),
        ("http://127.0.0.1:8080/a/../../b", "127.0.0.1_8080"),
        ("http://[::1]:80/", "__1_80"),
    ],
)
def test_hosts_that_ask_for_one_connection_together_share_a_queue(url: str, group: str) -> None:
    assert host_group(url) == group


def test_the_state_lies_where_the_user_keeps_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FRESHPRESS_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "freshpress"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_folder() == tmp_path / ".local" / "state" / "freshpress"


# --- crawls: each starts processes ------------------------------------------------------------------------


def serve(origin: Origin, papers: int) -> None:
    listed = page(*(raw_record(f"2610.{n:05d}") for n in range(papers)))
    origin.answer = lambda asked: listed if asked.path == "/oai" else Reply(TEX)


def gaps(origin: Origin) -> list[float]:
    return [later.at - earlier.at for earlier, later in pairwise(origin.requests)]


def start(root: Path, settings: CrawlerSettings, until: date = UNTIL) -> "subprocess.Popen[bytes]":
    spec = CrawlSpec("arxiv", SINCE, until, root, settings.seed, settings)
    spec.folder.mkdir(parents=True)
    (spec.folder / "spec.json").write_text(spec.to_json())
    command = [sys.executable, "-m", "crawler", str(spec.folder / "spec.json")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


@pytest.fixture
def children() -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Collect crawls of a test; end those that it leaves running."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for child in started:
        child.kill()
        with child:
            pass


@pytest.mark.slow
def test_crawls_of_two_homes_take_turns_and_keep_the_pause_between_them(
    origin: Origin, settings: CrawlerSettings, tmp_path: Path, children: list["subprocess.Popen[bytes]"]
) -> None:
    serve(origin, 6)
    slow = changed(settings, "arxiv", delay_seconds=0.5)
    # So slow that the second one has started before the first one ends. Told apart by their contact.
    named = {name: changed(slow, contact=f"{name}@example.org") for name in ("one", "two")}
    children += [start(tmp_path / name, settings) for name, settings in named.items()]
    for child in children:
        assert child.stdout is not None
        assert json.loads(child.stdout.read().splitlines()[-1]) == {"done": True}
    assert len(origin.requests) == 2 * 7
    assert min(gaps(origin)) >= 0.5
    names = [asked.headers["user-agent"].partition("+")[2] for asked in origin.requests]
    assert sum(earlier != later for earlier, later in pairwise(names)) >= 2


@pytest.mark.slow
def test_a_restart_waits_for_the_rest_of_the_pause(origin: Origin, settings: CrawlerSettings, crawls: Crawls) -> None:
    serve(origin, 1)
    # Longer than a process takes to start.
    slow = changed(settings, "arxiv", delay_seconds=4.0, budget_bytes=1)
    origin.answer = lambda asked: error("noRecordsMatch")
    crawls.run("arxiv", slow)
    crawls.run("arxiv", slow, since=date(2026, 11, 1), until=date(2026, 12, 1))
    assert len(origin.requests) == 2
    assert gaps(origin)[0] >= 4.0


@pytest.mark.slow
def test_a_killed_crawl_leaves_no_lock_and_its_last_request_still_counts(
    origin: Origin, settings: CrawlerSettings, tmp_path: Path, children: list["subprocess.Popen[bytes]"]
) -> None:
    # Longer than a process takes to start.
    slow = changed(settings, "arxiv", delay_seconds=4.0)

    def kill(asked: Asked) -> Reply:
        origin.answer = lambda asked: error("noRecordsMatch")
        children[0].send_signal(signal.SIGKILL)
        children[0].wait()
        return Reply(None)

    origin.answer = kill
    children.append(start(tmp_path / "one", slow))
    assert children[0].stdout is not None
    children[0].stdout.read()
    children.append(start(tmp_path / "two", slow))
    assert children[1].wait() == 0
    assert len(origin.requests) == 2
    assert gaps(origin)[0] >= 4.0


@pytest.mark.slow
def test_redirects_and_robots_txt_keep_the_pause_too(origin: Origin, settings: CrawlerSettings, crawls: Crawls) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/robots.txt":
            return Reply(b"User-agent: *\nAllow: /")
        return Reply(status=302, headers={"Location": "/moved"}) if asked.path == "/oai" else error("noRecordsMatch")

    origin.answer = answer
    crawls.run("arxiv", changed(settings, "arxiv", delay_seconds=0.3, obey_robots=True))
    assert origin.paths() == ["/robots.txt", "/oai", "/moved"]
    assert min(gaps(origin)) >= 0.3


@pytest.mark.slow
def test_a_crawl_without_a_pause_keeps_no_file(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls, state: Path
) -> None:
    serve(origin, 1)
    crawls.run("arxiv", settings)
    assert not state.exists()


@pytest.mark.slow
def test_a_queue_longer_than_the_longest_wait_ends_the_crawl_with_its_reason(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls, state: Path
) -> None:
    state.mkdir(parents=True)
    turn = begin(state / host_group(origin.url), 0.0)
    busy = changed(changed(settings, "arxiv", delay_seconds=0.1), longest_wait_seconds=0.1)
    with pytest.raises(CrawlError, match=r"other crawls of this user have kept 127\.0\.0\.1_\d+ busy for longer than"):
        crawls.run("arxiv", busy)
    assert origin.requests == []
    assert any("waiting for another crawl of this user" in progress.note for progress in crawls.progress)
    turn.end(0.0)


@pytest.mark.slow
def test_a_state_folder_that_cannot_be_made_is_named(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FRESHPRESS_STATE", str(tmp_path / "file"))
    with pytest.raises(ConfigError, match=r"file/pace, where the pauses .* set FRESHPRESS_STATE to a folder"):
        crawls.run("arxiv", changed(settings, "arxiv", delay_seconds=0.1))
    assert origin.requests == []


def test_whoever_asked_last_lets_another_go_first(tmp_path: Path) -> None:
    path = tmp_path / "pace"
    begin(path, 100.0).end(100.5)
    others, own = (take_turn(path, "all", DELAY_SECONDS, 101.0, own_at) for own_at in (None, 100.5))
    assert isinstance(others, float)
    assert isinstance(own, float)
    assert others < own < others + 0.1

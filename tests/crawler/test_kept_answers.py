"""A listing that was killed asks for what it has by version, and takes 304 for an answer."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from config import CrawlerSettings
from crawler import kept_answers
from crawler.common_crawl import CommonCrawlSpider
from crawler.github import GithubSpider
from crawler.kept_answers import LISTING_FOLDER, KeptAnswer
from crawler.spec import CrawlSpec
from storage import landing
from storage.errors import CrawlError
from tests.crawler.loopback import SINCE, UNTIL, Asked, Reply, repository_item, search_answer, tarball
from tests.crawler.scripted import run_of, run_spider, unit_names

URL = "https://api.github.com/search/repositories?q=x"
ETAG, MODIFIED = '"8600bedcb7fed1d8065e1693e05529ce"', "Thu, 22 Aug 2013 02:09:11 GMT"
# One file a language: two languages make a listing of two requests.
LANGUAGES = ["Python", "Rust"]


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{LISTING_FOLDER}/*"))


# --- the store --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"\n", b'{"a": 1}\n\n\xff\x00'])
def test_what_is_kept_is_found_as_it_was(tmp_path: Path, body: bytes) -> None:
    kept_answers.keep(tmp_path, URL, KeptAnswer(ETAG, MODIFIED, body))
    found = kept_answers.find(tmp_path, URL)
    assert found == KeptAnswer(ETAG, MODIFIED, body)
    assert found.conditions() == {"If-None-Match": ETAG, "If-Modified-Since": MODIFIED}
    assert kept_answers.find(tmp_path, URL + "&page=2") is None


@pytest.mark.parametrize(
    ("etag", "last_modified", "conditions"),
    [(ETAG, None, {"If-None-Match": ETAG}), (None, MODIFIED, {"If-Modified-Since": MODIFIED})],
)
def test_one_sign_of_a_version_is_enough(
    tmp_path: Path, etag: str | None, last_modified: str | None, conditions: dict[str, str]
) -> None:
    kept_answers.keep(tmp_path, URL, KeptAnswer(etag, last_modified, b"body"))
    found = kept_answers.find(tmp_path, URL)
    assert found
    assert found.conditions() == conditions


def test_what_has_no_version_is_not_kept(tmp_path: Path) -> None:
    kept_answers.keep(tmp_path, URL, KeptAnswer(None, None, b"body"))
    assert files(tmp_path) == []


def test_a_damaged_file_is_removed_wherever_it_was_hit(tmp_path: Path) -> None:
    kept_answers.keep(tmp_path, URL, KeptAnswer(ETAG, MODIFIED, b"body of an answer"))
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    damages: list[Callable[[int], bytes]] = [
        lambda n: whole[:n],
        lambda n: whole[:n] + bytes([whole[n] ^ 1]) + whole[n + 1 :],
    ]
    for damage in damages:
        for position in range(0, len(whole), 7):
            path.write_bytes(damage(position))
            assert kept_answers.find(tmp_path, URL) is None
            assert files(tmp_path) == []


# --- listings ---------------------------------------------------------------------------------------------


class Server:
    """Answers two searches with versions. `breaks` fails the second search; `always_304` says 304 to everything."""

    def __init__(self) -> None:
        self.breaks = True
        self.always_304 = 0
        self.etags = {"Python": '"one"', "Rust": '"two"'}

    def __call__(self, asked: Asked) -> Reply:
        if asked.path != "/search/repositories":
            return Reply(tarball({"a.py": b"x = 1\n"}))
        language = next(name for name in LANGUAGES if f"language:{name} " in asked.query["q"])
        if language == "Rust" and self.breaks:
            return Reply(b"{}", 500)
        if self.always_304 or asked.headers.get("if-none-match") == self.etags[language]:
            self.always_304 -= bool(self.always_304)
            return Reply(b"", 304)
        reply = search_answer([repository_item(f"owner/{language}-{self.etags[language][1:-1]}")])
        return Reply(reply.body, headers={"ETag": self.etags[language], "Last-Modified": MODIFIED})


@pytest.fixture
def spec(settings: CrawlerSettings, tmp_path: Path) -> CrawlSpec:
    values = settings.model_dump()
    values["github"]["languages"] = LANGUAGES
    return CrawlSpec("github", SINCE, UNTIL, tmp_path, 1, CrawlerSettings.model_validate(values))


def run_broken_listing(spec: CrawlSpec) -> Server:
    """List until the second search fails; the first is kept."""
    server = Server()
    with pytest.raises(CrawlError, match="answered 500"):
        run_spider(GithubSpider, spec, server)
    assert len(files(spec.folder)) == 1
    server.breaks = False
    return server


def searches(asked: list[Asked]) -> list[tuple[str | None, str | None]]:
    return [
        (one.headers.get("if-none-match"), one.headers.get("if-modified-since"))
        for one in asked
        if one.path.startswith("/search")
    ]


def test_a_listing_taken_up_again_asks_by_version_and_takes_304_for_the_answer(spec: CrawlSpec) -> None:
    asked = run_spider(GithubSpider, spec, run_broken_listing(spec))
    assert searches(asked) == [('"one"', MODIFIED), (None, None)]
    assert sorted(unit_names(spec)) == ["owner/Python-one", "owner/Rust-two"]
    assert run_of(spec).is_complete
    # With the plan written nothing is kept.
    assert not (spec.folder / LISTING_FOLDER).exists()


def test_a_listing_that_has_changed_is_read_anew(spec: CrawlSpec) -> None:
    server = run_broken_listing(spec)
    server.etags["Python"] = '"changed"'
    asked = run_spider(GithubSpider, spec, server)
    assert searches(asked) == [('"one"', MODIFIED), (None, None)]
    assert sorted(unit_names(spec)) == ["owner/Python-changed", "owner/Rust-two"]


def test_a_kept_answer_that_was_damaged_is_asked_for_whole(spec: CrawlSpec) -> None:
    server = run_broken_listing(spec)
    (path,) = files(spec.folder)
    path.write_bytes(path.read_bytes()[:-1])
    assert searches(run_spider(GithubSpider, spec, server)) == [(None, None)] * 2


def test_a_304_that_nobody_asked_for_is_asked_again(spec: CrawlSpec) -> None:
    server = Server()
    server.breaks, server.always_304 = False, 2
    asked = run_spider(GithubSpider, spec, server)
    assert searches(asked) == [(None, None)] * 4
    assert run_of(spec).wait_seconds > 0
    assert sorted(unit_names(spec)) == ["owner/Python-one", "owner/Rust-two"]


def test_a_server_that_says_nothing_but_304_has_no_listing(spec: CrawlSpec) -> None:
    server = Server()
    server.breaks, server.always_304 = False, 99
    with pytest.raises(CrawlError, match="answered 304 and was not asked for a change, 3 times"):
        run_spider(GithubSpider, spec, server)


def test_an_answer_that_cannot_be_used_is_not_kept(spec: CrawlSpec) -> None:
    with pytest.raises(CrawlError, match="no search result"):
        run_spider(GithubSpider, spec, lambda asked: Reply(b"<html>", headers={"ETag": ETAG}))
    assert files(spec.folder) == []


def test_the_files_of_a_crawl_are_listed_by_version_too(settings: CrawlerSettings, tmp_path: Path) -> None:
    crawl = {"id": "CC-MAIN-2026-45", "from": "2026-10-20T00:00:00", "to": "2026-11-02T00:00:00"}
    is_broken = True

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == ETAG:
            return Reply(b"", 304)
        if asked.path == "/collinfo.json":
            return Reply(json.dumps([crawl]).encode(), headers={"ETag": ETAG})
        if asked.path.endswith("warc.paths.gz"):
            return Reply(b"", 503) if is_broken else Reply(b"crawl-data/CC-MAIN-2026-45/a.warc.gz\n")
        return Reply(b"", 404)

    spec = CrawlSpec("common_crawl", SINCE, UNTIL, tmp_path, 1, settings)
    with pytest.raises(CrawlError, match="answered 503"):
        run_spider(CommonCrawlSpider, spec, answer)
    is_broken = False
    asked = run_spider(CommonCrawlSpider, spec, answer)
    assert asked[0].headers["if-none-match"] == ETAG
    plan = landing.read_plan(spec.folder)
    assert plan
    assert [entry["unit"] for entry in plan.entries] == ["crawl-data/CC-MAIN-2026-45/a.warc.gz"]


def test_the_recorded_304_is_an_answer_to_the_recorded_conditions(shared_data: Path) -> None:
    path = shared_data / "github" / "replay" / "ConditionalRequestUpdate.testDidNotUpdate.jsonl"
    exchange = json.loads(path.read_text())
    request = {name: value for name, value in exchange["request"]["headers"].items() if name.startswith("If-")}
    assert KeptAnswer(ETAG, MODIFIED, b"").conditions() == request
    assert exchange["response"]["status"] == 304

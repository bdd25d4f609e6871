"""The GitHub crawl over HTTP: listing, tarballs, limits, holes."""

import re
from pathlib import Path

import pytest

from config import CrawlerSettings
from storage import landing
from storage.errors import ConfigError, CrawlError
from tests.crawler.loopback import (
    COMMITTED_AT,
    Asked,
    Crawls,
    Origin,
    Reply,
    assert_balanced,
    changed,
    repository_item,
    search_answer,
    tarball,
)

# Each test starts processes.
pytestmark = pytest.mark.slow

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "ghp_canaryCANARYcanaryCANARYcanary0001"


def serve_repositories(origin: Origin, files_of: dict[str, dict[str, bytes]]) -> None:
    """Answer the search with these repositories and redirect to their tarballs on another path."""

    def answer(asked: Asked) -> Reply:
        if asked.path == "/search/repositories":
            return search_answer([repository_item(name) for name in files_of])
        if found := re.fullmatch(r"/repos/(.+)/tarball/main", asked.path):
            # GitHub redirects to codeload.github.com; here another host name of the loopback stands for it.
            elsewhere = origin.url.replace("127.0.0.1", "localhost")
            return Reply(status=302, headers={"Location": f"{elsewhere}/codeload/{found[1]}"})
        name = asked.path.removeprefix("/codeload/")
        return Reply(tarball(files_of[name], commit=COMMIT), headers={"Content-Type": "application/x-gzip"})

    origin.answer = answer


def test_files_land_with_their_commit_and_everything_else_has_a_reason(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    serve_repositories(origin, {"owner/name": {"a.py": b"x = 1\n", "README.md": b"hi", "vendor/b.py": b"y = 2\n"}})
    run = crawls.run("github", settings)
    (document,) = crawls.documents("github")
    assert document.url == f"https://github.com/owner/name/blob/{COMMIT}/a.py"
    assert document.revision == COMMIT
    assert document.content == b"x = 1\n"
    assert document.licence == "MIT"
    assert document.cluster_key == "owner/name"
    # `git hash-object` says this of "x = 1\n".
    blob = "7d4290a117a4ddcc11daae7ea675841033830c8f"
    assert document.locator == f"git:owner/name?commit={COMMIT}&path=a.py&blob={blob}"
    assert document.repository_created_at is not None
    assert document.repository_created_at.isoformat() == "2026-10-05T12:00:00"
    assert document.commit_authored_at == COMMITTED_AT
    assert crawls.reasons("github") == {"README.md": "other_file_type", "vendor/b.py": "vendored"}
    assert run.is_complete
    assert run.request_count == 3  # search, tarball, where it was redirected to
    assert_balanced(crawls.folder("github"))


def test_every_request_says_who_asks_and_carries_no_cookie_or_referrer(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    serve_repositories(origin, {"owner/name": {"a.py": b"x = 1\n"}})
    serve = origin.answer
    origin.answer = lambda asked: with_cookie(serve(asked))
    crawls.run("github", settings)
    for asked in origin.requests:
        assert re.fullmatch(r"freshpress/[\w.]+ \(\+crawl-test@example\.org\)", asked.headers["user-agent"])
        assert "cookie" not in asked.headers
        assert "referer" not in asked.headers


def with_cookie(reply: Reply) -> Reply:
    reply.headers["Set-Cookie"] = "session=1"
    return reply


def test_the_token_goes_to_the_api_and_nowhere_else(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    serve_repositories(origin, {"owner/name": {"a.py": b"x = 1\n"}})
    crawls.run("github", settings)
    api = [asked for asked in origin.requests if not asked.path.startswith("/codeload")]
    elsewhere = [asked for asked in origin.requests if asked.path.startswith("/codeload")]
    assert {asked.headers.get("authorization") for asked in api} == {f"Bearer {TOKEN}"}
    assert [asked.headers.get("authorization") for asked in elsewhere] == [None]
    assert TOKEN not in repr(crawls.progress)
    written = [path for path in crawls.root.rglob("*") if path.is_file()]
    assert len(written) > 4
    for path in written:
        assert TOKEN.encode() not in path.read_bytes()


def test_a_rate_limit_is_waited_out(origin: Origin, settings: CrawlerSettings, crawls: Crawls) -> None:
    serve_repositories(origin, {"owner/name": {"a.py": b"x = 1\n"}})
    serve, limited = origin.answer, []

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/repos") and len(limited) < 2:
            limited.append(asked)
            return [
                Reply(b"{}", 403, {"Retry-After": "1", "X-RateLimit-Remaining": "0"}),
                Reply(b"{}", 429, {"Retry-After": "0.3"}),
            ][len(limited) - 1]
        return serve(asked)

    origin.answer = answer
    run = crawls.run("github", settings)
    first, second, third = [asked.at for asked in origin.requests if asked.path.startswith("/repos")]
    assert second - first >= 1.0
    assert third - second >= 0.3
    assert run.wait_seconds == pytest.approx(1.3)
    assert any("rate limit" in progress.note for progress in crawls.progress)


def test_a_wait_beyond_the_longest_ends_the_crawl_with_its_reason(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    origin.answer = lambda asked: Reply(b"{}", 403, {"Retry-After": "7200"})
    with pytest.raises(CrawlError, match=r"asks to wait 7200 s, longer than longest_wait_seconds = 5.*run it again"):
        crawls.run("github", settings)
    run = landing.read_run(crawls.folder("github"))
    assert run is not None
    assert not run.is_complete
    assert len(origin.requests) == 1


def test_a_denial_is_no_empty_crawl(origin: Origin, settings: CrawlerSettings, crawls: Crawls) -> None:
    origin.answer = lambda asked: Reply(b'{"message": "Bad credentials"}', 401)
    with pytest.raises(CrawlError, match=r"github crawl of 2026-10-01 to 2026-11-01 is incomplete: .* answered 401"):
        crawls.run("github", settings)
    assert len(origin.requests) == 1


def test_an_origin_that_is_not_there_is_named(origin: Origin, settings: CrawlerSettings, crawls: Crawls) -> None:
    nowhere = changed(settings, "github", api_url="http://127.0.0.1:9")
    with pytest.raises(CrawlError, match=r"http://127\.0\.0\.1:9/.* refused the connection, 3 times; run it again"):
        crawls.run("github", nowhere)


def test_a_repository_that_is_gone_is_a_ledger_row(origin: Origin, settings: CrawlerSettings, crawls: Crawls) -> None:
    serve_repositories(origin, {"owner/name": {"a.py": b"x = 1\n"}, "owner/taken-down": {"b.py": b"y = 1\n"}})
    serve = origin.answer
    origin.answer = lambda asked: Reply(b"{}", 451) if "/taken-down/" in asked.path else serve(asked)
    run = crawls.run("github", settings)
    assert run.is_complete
    assert crawls.reasons("github") == {"owner/taken-down": "gone"}
    assert_balanced(crawls.folder("github"))


def test_a_repository_that_is_not_answered_is_a_hole_that_the_next_run_fills(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    files_of = {f"owner/n{i}": {"a.py": f"x = {i}\n".encode() * 50} for i in range(4)}
    serve_repositories(origin, files_of)
    serve = origin.answer
    origin.answer = lambda asked: Reply(b"", 502) if asked.path == "/repos/owner/n2/tarball/main" else serve(asked)
    with pytest.raises(CrawlError, match=r"1 of 4 units are missing \(owner/n2: .* answered 502, 3 times\)"):
        crawls.run("github", settings)
    folder = crawls.folder("github")
    assert {unit.unit for unit in landing.settled_units(folder)} == {"listing", "owner/n0", "owner/n1", "owner/n3"}
    origin.answer = serve
    origin.requests.clear()
    assert crawls.run("github", settings).is_complete
    assert origin.paths() == ["/repos/owner/n2/tarball/main", "/codeload/owner/n2"]
    assert {document.unit for document in crawls.documents("github")} == set(files_of)
    assert_balanced(folder)


def test_a_source_that_fails_again_and_again_is_left_alone(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    serve_repositories(origin, {f"owner/n{i}": {"a.py": b"x"} for i in range(9)})
    serve = origin.answer
    origin.answer = lambda asked: Reply(b"", 503) if asked.path.startswith("/repos") else serve(asked)
    with pytest.raises(CrawlError, match="3 units failed in a row"):
        crawls.run("github", settings)
    assert len(origin.requests) == 1 + 3 * 3


def test_the_budget_cuts_at_the_same_unit_whatever_went_wrong_on_the_way(
    origin: Origin, settings: CrawlerSettings, tmp_path: Path
) -> None:
    files_of = {f"owner/n{i}": {"a.py": f"x = {i}\n".encode() * 50} for i in range(8)}
    thrifty = changed(settings, "github", budget_bytes=1000)
    serve_repositories(origin, files_of)
    serve = origin.answer
    straight = Crawls(tmp_path / "straight")
    straight.run("github", thrifty)
    order = [unit.unit for unit in landing.settled_units(straight.folder("github"))][1:]
    assert len(order) == 4  # 3 × 300 bytes are under the budget, the overshoot is kept

    crooked = Crawls(tmp_path / "crooked")
    origin.answer = lambda asked: Reply(None) if f"/{order[1]}/" in asked.path else serve(asked)
    with pytest.raises(CrawlError, match="1 of 5 units are missing"):
        crooked.run("github", thrifty)
    origin.answer = serve
    crooked.run("github", thrifty)
    ids = [[document.document_id for document in c.documents("github")] for c in (straight, crooked)]
    assert ids[0] == ids[1]
    assert_balanced(crooked.folder("github"))


def test_a_complete_crawl_asks_nothing_more(origin: Origin, settings: CrawlerSettings, crawls: Crawls) -> None:
    serve_repositories(origin, {"owner/name": {"a.py": b"x = 1\n"}})
    first = crawls.run("github", settings)
    origin.requests.clear()
    again = crawls.run("github", settings)
    assert origin.requests == []
    assert (again.crawl_run_id, again.landed_count, again.request_count) == (
        first.crawl_run_id,
        first.landed_count,
        first.request_count,
    )


def test_other_settings_do_not_mix_into_a_begun_crawl(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    serve_repositories(origin, {"owner/name": {"a.py": b"x = 1\n"}})
    crawls.run("github", settings)
    with pytest.raises(ConfigError, match="begun with other settings"):
        crawls.run("github", changed(settings, "github", file_endings=[".rs"]))


def test_the_listing_checks_what_the_search_answers(origin: Origin, settings: CrawlerSettings, crawls: Crawls) -> None:
    items = [
        repository_item("owner/good"),
        repository_item("owner/fork", fork=True),
        repository_item("owner/old", created_at="2020-01-01T00:00:00Z"),
        repository_item("../evil"),
    ]

    def answer(asked: Asked) -> Reply:
        if asked.path == "/search/repositories":
            return search_answer(items)
        return Reply(tarball({"a.py": b"x = 1\n"}))

    origin.answer = answer
    crawls.run("github", settings)
    assert crawls.reasons("github") == {
        "owner/fork": "fork",
        "owner/old": "created_outside_window",
        "../evil": "malformed_item",
    }
    assert_balanced(crawls.folder("github"))

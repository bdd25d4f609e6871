"""GitHub's rate limits over HTTP, with and without a token, and where the token goes."""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config import CrawlerSettings
from crawler.github_token import read_token
from storage import landing
from storage.errors import ConfigError, CrawlError, FreshpressError
from tests.crawler.loopback import (
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
from tests.crawler.test_github_crawl import TOKEN


@dataclass
class Allowance:
    """So many requests until a moment, as GitHub counts them; whoever asks for more is told and written down."""

    limit: int
    window_seconds: int = 2
    used: int = 0
    ends_at: int = 0
    refused: list[str] = field(default_factory=list)

    def count(self, asked: Asked, reply: Reply) -> Reply:
        now = time.time()
        if now >= self.ends_at:
            self.used, self.ends_at = 0, int(now) + self.window_seconds
        self.used += 1
        left = max(0, self.limit - self.used)
        headers = {"X-RateLimit-Remaining": str(left), "X-RateLimit-Reset": str(self.ends_at)}
        if self.used > self.limit:
            self.refused.append(asked.path)
            return Reply(b'{"message": "API rate limit exceeded"}', 403, headers)
        return Reply(reply.body, reply.status, reply.headers | headers)


def serve(origin: Origin, names: list[str], core: Allowance, search: Allowance) -> None:
    """Answer as api.github.com does, and as codeload.github.com under another name, which counts nothing."""
    elsewhere = origin.url.replace("127.0.0.1", "localhost")

    def answer(asked: Asked) -> Reply:
        if asked.path == "/search/repositories":
            return search.count(asked, search_answer([repository_item(name) for name in names]))
        if asked.path.startswith("/repos/"):
            name = asked.path.removeprefix("/repos/").removesuffix("/tarball/main")
            return core.count(asked, Reply(status=302, headers={"Location": f"{elsewhere}/codeload/{name}"}))
        return Reply(tarball({"a.py": asked.path.encode()}))

    origin.answer = answer


@pytest.mark.slow
@pytest.mark.parametrize("token", ["", TOKEN])
def test_a_spent_limit_is_waited_for_before_anything_is_asked_in_vain(
    token: str, origin: Origin, settings: CrawlerSettings, crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", token)
    names = [f"owner/n{n}" for n in range(5)]
    core, search = Allowance(2), Allowance(1)
    serve(origin, names, core, search)
    run = crawls.run("github", changed(settings, "github", languages=["Python", "Rust"]))
    assert run.is_complete
    assert {document.unit for document in crawls.documents("github")} == set(names)
    assert core.refused == search.refused == []
    # One search, then another; two archives, two more, the last.
    assert run.request_count == 2 + 5 * 2
    assert run.wait_seconds > 0
    assert any("has spent its rate limit" in progress.note for progress in crawls.progress)
    sent = {asked.headers.get("authorization") for asked in origin.requests if "/codeload/" not in asked.path}
    assert sent == ({f"Bearer {token}"} if token else {None})


@pytest.mark.slow
def test_a_limit_that_is_spent_for_longer_than_the_longest_wait_ends_the_crawl(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    serve(origin, ["owner/a", "owner/b"], Allowance(1, window_seconds=3600), Allowance(9))
    with pytest.raises(CrawlError, match=r"has spent its rate limit and asks to wait \d+ s, longer than"):
        crawls.run("github", settings)
    assert len(crawls.documents("github")) == 1


@pytest.mark.slow
def test_a_repository_that_was_renamed_is_fetched_where_it_is_now(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)

    def answer(asked: Asked) -> Reply:
        if asked.path == "/search/repositories":
            return search_answer([repository_item("protoncoin/protoncoin")])
        # As recorded in Repository.testGetRepositoryWith301Redirect.
        if asked.path == "/repos/protoncoin/protoncoin/tarball/main":
            location = f"{origin.url}/repositories/112116543/tarball/main"
            return Reply(b'{"message": "Moved Permanently"}', 301, {"Location": location})
        if asked.path == "/repositories/112116543/tarball/main":
            return Reply(status=302, headers={"Location": f"{origin.url.replace('127.0.0.1', 'localhost')}/codeload"})
        return Reply(tarball({"a.py": b"x = 1\n"}))

    origin.answer = answer
    assert crawls.run("github", settings).is_complete
    (document,) = crawls.documents("github")
    assert document.unit == "protoncoin/protoncoin"
    # It stays with the API on its way and is dropped where that ends.
    tokens = [asked.headers.get("authorization") for asked in origin.requests]
    assert tokens == [f"Bearer {TOKEN}"] * 3 + [None]
    assert_balanced(crawls.folder("github"))


@pytest.mark.slow
@pytest.mark.parametrize("status", [404, 410, 451])
def test_what_is_gone_by_the_time_it_is_fetched_is_a_row(
    status: int, origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    search = search_answer([repository_item("owner/gone")])
    origin.answer = lambda asked: search if asked.path.startswith("/search") else Reply(b"{}", status)
    assert crawls.run("github", settings).is_complete
    (row,) = landing.read_ledger(crawls.folder("github"))
    assert (row.item, row.reason, row.measured_value) == ("owner/gone", "gone", str(status))
    assert len(origin.requests) == 2


# --- the token --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        f"{TOKEN},ghp_another",
        f"{TOKEN};ghp_another",
        f"{TOKEN} ghp_another",
        f"{TOKEN}\nghp_another",
        f"{TOKEN}\r\nX-Header: 1",
        f"{TOKEN}\x00",
        "ghp_ключ",
    ],
)
def test_several_tokens_or_something_else_are_refused_and_not_shown(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "\x00" not in value:
        monkeypatch.setenv("GITHUB_TOKEN", value)
    else:
        monkeypatch.setattr("crawler.github_token.os.environ", {"GITHUB_TOKEN": value})
    with pytest.raises(ConfigError, match="set it to one token") as raised:
        read_token()
    assert "ghp_" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("value", "token"), [("", None), (" \n", None), (f"{TOKEN}\n", TOKEN), (TOKEN, TOKEN)])
def test_white_space_around_a_token_is_not_part_of_it(
    value: str, token: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", value)
    assert read_token() == token


def test_no_other_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    for name in ("GH_TOKEN", "GITHUB_TOKENS", "GITHUB_TOKEN_2"):
        monkeypatch.setenv(name, TOKEN)
    assert read_token() is None


def echo(asked: Asked, status: int = 200, location: str = "") -> Reply:
    """Answer with every header of the request, as a careless server might."""
    told = repr(asked.headers).encode()
    return Reply(told, status, {"X-Echo": asked.headers.get("authorization", ""), "Location": location or asked.path})


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["denied", "no search", "redirected away", "loop", "dropped", "too large"])
def test_the_token_reaches_no_log_no_file_and_no_sentence_however_a_crawl_ends(
    ending: str, origin: Origin, settings: CrawlerSettings, crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    search = search_answer([repository_item("owner/name")])
    end = {
        "denied": lambda asked: echo(asked, 401),
        "no search": echo,
        "redirected away": lambda asked: (
            search if asked.path.startswith("/search") else echo(asked, 302, "https://arxiv.org/x")
        ),
        "loop": lambda asked: search if asked.path.startswith("/search") else echo(asked, 302),
        "dropped": lambda asked: Reply(None),
        "too large": lambda asked: search if asked.path.startswith("/search") else echo(asked),
    }
    origin.answer = end[ending]
    settings = changed(settings, "github", max_archive_bytes=20 if ending == "too large" else 10**6)
    said = ""
    try:
        crawls.run("github", settings)
    except FreshpressError as error:
        said = str(error)
    assert bool(said) == (ending != "too large")
    assert TOKEN not in said + repr(crawls.progress)
    assert any(TOKEN in asked.headers.get("authorization", "") for asked in origin.requests)
    assert files_that_hold(TOKEN, crawls.root) == []


@pytest.mark.slow
def test_an_address_that_carries_credentials_is_not_asked_and_they_are_not_shown(
    settings: CrawlerSettings, origin: Origin, crawls: Crawls
) -> None:
    with_password = re.sub("//", "//user:passWORD@", origin.url)
    with pytest.raises(
        CrawlError, match=r"search/repositories is an address which carries credentials; run it again"
    ) as raised:
        crawls.run("github", changed(settings, "github", api_url=with_password))
    assert origin.requests == []
    assert "passWORD" not in str(raised.value)


def files_that_hold(text: str, root: Path) -> list[Path]:
    files = [path for path in root.rglob("*") if path.is_file()]
    assert any(path.name == "crawl.log" and path.stat().st_size for path in files)
    return [path for path in files if text.encode() in path.read_bytes()]

"""Where requests and redirects may lead, and where they are refused."""

import asyncio
from pathlib import Path

import pytest

from config import CrawlerSettings, load_settings
from crawler import hops
from crawler.hops import find_refusal, find_way_in
from storage.errors import ConfigError, CrawlError
from tests.crawler.loopback import Asked, Crawls, Origin, Reply, changed, repository_item, search_answer, tarball

API = "https://api.github.com/repos/owner/name/tarball/main"
ADDRESSES = {
    "api.github.com": "140.82.121.5",
    "codeload.github.com": "140.82.121.9",
    "inside.example.com": "10.1.2.3",
    "mirror": "192.168.0.2",
    "rebound.example.com": "127.0.0.1",
}


@pytest.mark.parametrize(
    ("url", "before", "reason"),
    [
        (API, None, None),
        ("http://127.0.0.1:9/x", None, None),
        ("https://codeload.github.com/x", API, None),
        ("https://export.arxiv.org/e-print/1", None, None),
        ("file:///etc/passwd", API, "no http"),
        ("ftp://export.arxiv.org/x", None, "no http"),
        ("data:text/plain,x", API, "no http"),
        ("http:///x", API, "names no host"),
        ("http://exa%20mple/", API, "names no host"),
        ("http://codeload.github.com:0/", None, "names no host"),
        ("http://codeload.github.com:65536/", None, "names no host"),
        ("https://arxiv.org/e-print/1", None, "robots.txt forbids"),
        ("https://WWW.arxiv.org./e-print/1", "https://export.arxiv.org/e-print/1", "robots.txt forbids"),
        ("http://codeload.github.com/x", API, "gives up the encryption"),
        ("https://codeload.github.com/x", "http://api.github.com/x", None),
        ("https://user:word@codeload.github.com/x", API, "which carries credentials"),
        ("https://user@codeload.github.com/x", None, "which carries credentials"),
    ],
)
def test_an_address_tells_whether_it_may_be_asked(url: str, before: str | None, reason: str | None) -> None:
    found = find_refusal(url, before)
    assert found is None if reason is None else reason in str(found)


@pytest.mark.parametrize(
    ("host", "is_refused"),
    [
        ("codeload.github.com", False),
        ("140.82.121.9", False),
        ("[2606:50c0:8000::153]", False),
        ("nowhere.example.com", False),  # it has no address, as the request will find
        ("127.0.0.1", True),
        ("localhost", True),
        ("x.localhost.", True),
        ("10.0.0.1", True),
        ("192.168.1.1", True),
        ("169.254.169.254", True),
        ("100.64.0.1", True),
        ("0.0.0.0", True),
        ("224.0.0.1", True),
        ("[::1]", True),
        ("[fe80::1%25eth0]", True),
        ("[fd00::1]", True),
        ("[::ffff:127.0.0.1]", True),
        ("inside.example.com", True),
        ("rebound.example.com", True),
    ],
)
def test_a_redirect_does_not_lead_from_the_internet_into_a_network_of_ours(
    host: str, *, is_refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hops, "resolve", look_up)
    found = asyncio.run(find_way_in(f"https://{host}/x", API))
    assert (found == "which is not on the public internet") == is_refused
    # Whoever is inside already may redirect as it likes.
    for before in ("http://127.0.0.1:8080/", "http://mirror/", "https://inside.example.com/"):
        assert asyncio.run(find_way_in(f"https://{host}/x", before)) is None


async def look_up(host: str) -> str | None:
    return ADDRESSES.get(host)


def test_behind_a_proxy_names_are_the_proxys_affair_and_addresses_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hops, "resolve", look_up)
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    assert asyncio.run(find_way_in("https://inside.example.com/", API)) is None
    assert asyncio.run(find_way_in("https://169.254.169.254/", API))


# --- crawls: each starts a process ------------------------------------------------------------------------


def serve(origin: Origin, location: str) -> None:
    """Answer for two repositories, and redirect from one of them."""
    names = ["owner/good", "owner/strays"]

    def answer(asked: Asked) -> Reply:
        if asked.path == "/search/repositories":
            return search_answer([repository_item(name) for name in names])
        if "strays" in asked.path:
            return Reply(status=302, headers={"Location": location})
        return Reply(tarball({"a.py": b"x = 1\n"}))

    origin.answer = answer


@pytest.mark.slow
@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("https://arxiv.org/abs/1?x=y", r"leads to https://arxiv\.org/abs/1, whose robots\.txt forbids programs"),
        ("http://user:word@127.0.0.1/x", r"leads to http://127\.0\.0\.1/x, which carries credentials"),
        ("file:///etc/passwd", "answered 302"),
        ("http://[bad/", "leads to something that is no address"),
        ("http://127.0.0.1:99999/", "(leads to something that is no address|leads to .*, which names no host)"),
        ("http://%00/", "leads to http://%00/, which names no host"),
    ],
)
def test_a_hop_that_is_refused_is_a_hole_with_its_reason_and_the_rest_lands(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls, location: str, why: str
) -> None:
    serve(origin, location)
    with pytest.raises(CrawlError, match=rf"1 of 2 units are missing \(owner/strays: \S+ {why}") as raised:
        crawls.run("github", settings)
    assert "word" not in str(raised.value)
    assert [document.unit for document in crawls.documents("github")] == ["owner/good"]
    # A denial is not asked again.
    assert sum("strays" in path for path in origin.paths()) == 1


@pytest.mark.slow
def test_a_mirror_without_pauses_may_not_hand_them_on_to_a_public_source(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    serve(origin, "https://codeload.github.com/owner/strays/legacy.tar.gz/main")
    # Without a token archives have no stated pause, the search has.
    with pytest.raises(ConfigError, match=r"crawler\.github\.search_delay_seconds = 0 is less than the 6 s"):
        crawls.run("github", settings)


@pytest.mark.slow
@pytest.mark.parametrize("source", ["github", "arxiv", "common_crawl"])
def test_no_request_is_made_of_a_public_source_in_nobodys_name(source: str, tmp_path: Path) -> None:
    crawls = Crawls(tmp_path)
    with pytest.raises(ConfigError, match=r"crawler\.contact is .* names nobody"):
        crawls.run(source, changed(load_settings().crawler, timeout_seconds=1.0, retry_count=0))
    assert crawls.progress[-1].request_count == 0


@pytest.mark.slow
def test_no_request_is_made_of_a_public_source_below_its_stated_limit(tmp_path: Path) -> None:
    crawls = Crawls(tmp_path)
    hasty = changed(changed(load_settings().crawler, contact="press@example.org"), "arxiv", delay_seconds=1.0)
    with pytest.raises(ConfigError, match=r"crawler\.arxiv\.delay_seconds = 1 is less than the 3 s"):
        crawls.run("arxiv", changed(hasty, timeout_seconds=1.0, retry_count=0))
    assert crawls.progress[-1].request_count == 0

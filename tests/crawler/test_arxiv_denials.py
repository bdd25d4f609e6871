"""arXiv says no: a declared hole and a failure in words, never an empty crawl."""

import gzip
from pathlib import Path

import pytest

from config import CrawlerSettings
from crawler.arxiv import ArxivSpider
from crawler.logbook import MAX_DENIALS_IN_A_ROW
from crawler.spec import CrawlSpec
from storage.errors import CrawlError
from tests.crawler.loopback import SINCE, UNTIL, Asked, Crawls, Origin, Reply, changed
from tests.crawler.scripted import Answers, run_of, run_spider, unit_names
from tests.crawler.test_arxiv_crawl import page
from tests.crawler.test_denial_page import ARXIV
from tests.crawler.test_oai import raw_record

TEX = gzip.compress(b"\\documentclass{article}\\begin{document}Hello\\end{document}")
HTML_PAPER = b"<!DOCTYPE html><html><head><title>On sets</title></head><body>Let x.</body></html>"


def spec_of(settings: CrawlerSettings, tmp_path: Path) -> CrawlSpec:
    spec = CrawlSpec("arxiv", SINCE, UNTIL, tmp_path, settings.seed, settings)
    spec.folder.mkdir(parents=True)
    return spec


def listing(count: int) -> Reply:
    return page(*(raw_record(f"2610.{number:05}") for number in range(1, count + 1)))


def answers(papers: int, eprint: Answers) -> Answers:
    return lambda asked: listing(papers) if asked.path == "/oai" else eprint(asked)


def asked_papers(asked: list[Asked]) -> list[str]:
    return [one.path for one in asked if one.path != "/oai"]


@pytest.fixture
def spec(settings: CrawlerSettings, tmp_path: Path) -> CrawlSpec:
    return spec_of(changed(settings, retry_count=0), tmp_path)


def test_a_denied_listing_ends_the_crawl_at_once(spec: CrawlSpec) -> None:
    asked: list[Asked] = []

    def deny(one: Asked) -> Reply:
        asked.append(one)
        return Reply(b"no", 403)

    with pytest.raises(CrawlError, match=r"/oai answered 403"):
        run_spider(ArxivSpider, spec, deny)
    assert len(asked) == 1
    assert not (spec.folder / "plan.json").exists()


def test_a_listing_that_is_a_web_page_is_asked_for_again_and_then_told(
    settings: CrawlerSettings, tmp_path: Path
) -> None:
    spec = spec_of(changed(settings, retry_count=2, retry_wait_seconds=0.001), tmp_path)
    asked: list[Asked] = []

    def deny(one: Asked) -> Reply:
        asked.append(one)
        return Reply(ARXIV)

    with pytest.raises(CrawlError, match=r"/oai answered with a page that denies access, 3 times"):
        run_spider(ArxivSpider, spec, deny)
    assert len(asked) == 3


def test_a_denied_eprint_is_a_hole_and_the_others_land(spec: CrawlSpec) -> None:
    def deny_one(asked: Asked) -> Reply:
        return Reply(b"no", 403) if asked.path.endswith("2610.00002v1") else Reply(TEX)

    with pytest.raises(CrawlError, match=r"1 of 4 units are missing \(2610\.00002: .*answered 403"):
        run_spider(ArxivSpider, spec, answers(4, deny_one))
    assert set(unit_names(spec)) == {"2610.00001", "2610.00003", "2610.00004"}
    # What was missing is all that is asked for when it is tried again.
    asked = run_spider(ArxivSpider, spec, answers(4, lambda _: Reply(TEX)))
    assert asked_papers(asked) == ["/e-print/2610.00002v1"]
    assert run_of(spec).landed_count == 4


def test_denied_eprints_one_after_another_end_the_crawl(spec: CrawlSpec) -> None:
    asked: list[Asked] = []

    def deny(one: Asked) -> Reply:
        asked.append(one)
        return Reply(b"no", 403)

    with pytest.raises(CrawlError, match=rf"{MAX_DENIALS_IN_A_ROW} units failed in a row.*answered 403"):
        run_spider(ArxivSpider, spec, answers(MAX_DENIALS_IN_A_ROW + 20, deny))
    assert len(asked) == MAX_DENIALS_IN_A_ROW


def test_a_page_that_denies_with_status_200_is_a_hole_and_three_end_the_crawl(spec: CrawlSpec) -> None:
    asked: list[Asked] = []

    def deny(one: Asked) -> Reply:
        asked.append(one)
        return Reply(ARXIV, headers={"Content-Type": "text/html"})

    with pytest.raises(CrawlError, match=r"3 units failed in a row.*answered 200 with a page that denies access"):
        run_spider(ArxivSpider, spec, answers(50, deny))
    assert len(asked) == 3
    assert list(unit_names(spec)) == []


def test_a_paper_that_is_html_is_one_by_its_words(spec: CrawlSpec) -> None:
    def one_is_html(asked: Asked) -> Reply:
        return Reply(HTML_PAPER if asked.path.endswith("2610.00002v1") else TEX)

    run_spider(ArxivSpider, spec, answers(4, one_is_html))
    assert (run_of(spec).landed_count, run_of(spec).is_complete) == (3, True)


def test_web_pages_one_after_another_are_no_papers_whatever_they_say(spec: CrawlSpec) -> None:
    login = b"<html><title>Welcome to the network of our university</title>"
    with pytest.raises(CrawlError, match=r"3 units failed in a row.*with a web page, as for 2610\.\d{5}v1"):
        run_spider(ArxivSpider, spec, answers(50, lambda _: Reply(login)))
    assert len(unit_names(spec)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("is_listing", [True, False])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_the_host_for_readers_is_a_denial_that_is_not_followed(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls, status: int, is_listing: bool
) -> None:
    to_readers = Reply(b"", status, {"Location": "https://arxiv.org/e-print/2610.00001v1"})
    origin.answer = lambda asked: to_readers if is_listing or asked.path != "/oai" else listing(2)
    with pytest.raises(CrawlError, match=r"https://arxiv\.org/e-print/2610\.00001v1, whose robots\.txt forbids"):
        crawls.run("arxiv", settings)
    assert len(origin.requests) == (1 if is_listing else 3)


@pytest.mark.slow
def test_a_host_that_redirects_everything_to_a_page_that_denies_is_never_an_empty_crawl(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/oai":
            return listing(9)
        return Reply(ARXIV) if asked.path == "/denied.html" else Reply(b"", 302, {"Location": "/denied.html"})

    origin.answer = answer
    with pytest.raises(CrawlError, match=r"3 units failed in a row.*a page that denies access"):
        crawls.run("arxiv", settings)
    assert crawls.documents("arxiv") == []


@pytest.mark.slow
def test_eprints_that_robots_forbid_are_holes_where_robots_are_obeyed(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/robots.txt":
            return Reply(b"User-agent: *\nDisallow: /e-print\n")
        return listing(2) if asked.path == "/oai" else Reply(TEX)

    origin.answer = answer
    with pytest.raises(CrawlError, match=r"2 of 2 units are missing .*forbidden by the host's robots\.txt"):
        crawls.run("arxiv", changed(settings, "arxiv", obey_robots=True))
    assert origin.paths() == ["/robots.txt", "/oai"]

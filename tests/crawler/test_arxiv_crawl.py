"""The arXiv crawl over HTTP: lists, tokens, e-prints."""

import gzip
import json
from datetime import date, datetime
from itertools import pairwise

import pytest

from config import CrawlerSettings
from storage import landing
from storage.errors import CrawlError
from tests.crawler.loopback import Asked, Crawls, Origin, Reply, assert_balanced, changed
from tests.crawler.test_oai import raw_record
from tests.unix_compress import compress

# Each test starts processes.
pytestmark = pytest.mark.slow

TEX = gzip.compress(b"\\documentclass{article}\\begin{document}Hello\\end{document}")


def page(*records: bytes, token: str | None = None) -> Reply:
    tail = b"" if token is None else f"<resumptionToken>{token}</resumptionToken>".encode()
    return Reply(b"<OAI-PMH><ListRecords>" + b"".join(records) + tail + b"</ListRecords></OAI-PMH>")


def error(code: str) -> Reply:
    return Reply(f'<OAI-PMH><error code="{code}">text of {code}</error></OAI-PMH>'.encode())


def old(arxiv_id: str) -> bytes:
    return raw_record(arxiv_id, '<version version="v1"><date>Mon, 5 Oct 2020 10:00:00 GMT</date></version>')


def serve(origin: Origin, pages: dict[str, Reply], eprints: dict[str, Reply]) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/oai":
            return pages[asked.query.get("resumptionToken", "")]
        return eprints.get(asked.path.removeprefix("/e-print/"), Reply(status=404))

    origin.answer = answer


def test_papers_land_as_they_came_and_the_rest_has_its_reason(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    second = '<version version="v2"><date>Tue, 3 Nov 2026 10:00:00 GMT</date></version>'
    first = '<version version="v1"><date>Mon, 5 Oct 2026 10:00:00 GMT</date></version>'
    serve(
        origin,
        {
            "": page(raw_record("2610.00001", first + second), old("2001.00001"), token="t|1"),
            "t|1": page(raw_record("2610.00002"), raw_record("2610.00003"), raw_record("2610.00004"), token="t|2"),
            "t|2": page(raw_record("2610.00005"), raw_record("2610.00006", categories="hep-th"), token=""),
        },
        {
            # As arXiv sends it: Scrapy would unpack what is called x-gzip.
            "2610.00001v2": Reply(TEX, headers={"Content-Type": "application/x-eprint", "Content-Encoding": "x-gzip"}),
            "2610.00002v1": Reply(b"%PDF-1.5", headers={"Content-Type": "application/pdf"}),
            "2610.00003v1": Reply(gzip.compress(b"%auto-ignore\n")),
            "2610.00004v1": Reply(b"x" * 2000),
        },
    )
    run = crawls.run("arxiv", changed(settings, "arxiv", max_archive_bytes=1000))
    (document,) = crawls.documents("arxiv")
    assert document.content == TEX
    assert document.content_type == "application/gzip"
    assert (document.url, document.revision) == ("https://arxiv.org/abs/2610.00001v2", "2")
    assert document.locator == "arxiv:2610.00001?version=2"
    assert document.arxiv_v1_at == datetime(2026, 10, 5, 10)
    assert crawls.reasons("arxiv") == {
        "oai:arXiv.org:2001.00001": "first_version_outside_window",
        "oai:arXiv.org:2610.00006": "other_category",
        "2610.00002v1": "media_type",
        "2610.00003v1": "withdrawn",
        "2610.00004v1": "too_large",
        "2610.00005v1": "gone",
    }
    assert run.is_complete
    assert_balanced(crawls.folder("arxiv"))


def test_a_window_without_records_is_complete_and_empty(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    origin.answer = lambda asked: error("noRecordsMatch")
    run = crawls.run("arxiv", settings)
    assert run.is_complete
    assert run.expected_count == 0


def test_an_expired_token_begins_the_list_again(origin: Origin, settings: CrawlerSettings, crawls: Crawls) -> None:
    expired: list[Asked] = []

    def answer(asked: Asked) -> Reply:
        if asked.path != "/oai":
            return Reply(TEX)
        if "resumptionToken" not in asked.query:
            return page(raw_record("2610.00001"), token="again")
        if not expired:
            expired.append(asked)
            return error("badResumptionToken")
        return page(raw_record("2610.00002"))

    origin.answer = answer
    crawls.run("arxiv", settings)
    # The list that came to its end states no size, and is read until a reading shows nothing new.
    assert [asked.query.get("resumptionToken") for asked in origin.requests if asked.path == "/oai"] == [
        None, "again", None, "again", None, "again",
    ]  # fmt: skip
    assert {document.unit for document in crawls.documents("arxiv")} == {"2610.00001", "2610.00002"}
    assert_balanced(crawls.folder("arxiv"))


def test_a_token_that_goes_round_for_ever_ends_the_crawl(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    origin.answer = lambda asked: page(raw_record("2610.00001"), token="round")
    with pytest.raises(CrawlError, match="set math was cut off in each of 3 readings"):
        crawls.run("arxiv", settings)


def test_an_error_of_the_protocol_is_named(origin: Origin, settings: CrawlerSettings, crawls: Crawls) -> None:
    origin.answer = lambda asked: error("badArgument")
    with pytest.raises(
        CrawlError, match=r"incomplete: OAI-PMH error badArgument: text of badArgument \(.*\); run it again"
    ):
        crawls.run("arxiv", settings)


def test_a_page_that_cannot_be_read_is_asked_for_again(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    replies = [Reply(b"<OAI-PMH><ListRecords>"), Reply(b"", 503, {"Retry-After": "0"}), error("noRecordsMatch")]
    origin.answer = lambda asked: replies[len(origin.requests) - 1]
    assert crawls.run("arxiv", settings).is_complete
    assert len(origin.requests) == 3


def test_requests_keep_their_distance(origin: Origin, settings: CrawlerSettings, crawls: Crawls) -> None:
    serve(origin, {"": page(*(raw_record(f"2610.0000{i}") for i in range(3)))}, {})
    origin_answer = origin.answer
    origin.answer = lambda asked: Reply(TEX) if asked.path != "/oai" else origin_answer(asked)
    crawls.run("arxiv", changed(settings, "arxiv", delay_seconds=0.4), date(2026, 10, 1), date(2026, 11, 1))
    times = [asked.at for asked in origin.requests]
    assert len(times) == 4
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.39


def test_robots_are_obeyed_where_the_configuration_says_so(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    origin.answer = lambda asked: (
        Reply(b"User-agent: *\nDisallow: /") if asked.path == "/robots.txt" else error("noRecordsMatch")
    )
    with pytest.raises(CrawlError, match=r"forbidden by the host's robots\.txt"):
        crawls.run("arxiv", changed(settings, "arxiv", obey_robots=True))
    assert origin.paths() == ["/robots.txt"]


def test_a_paper_in_several_sets_is_planned_once_and_what_is_known_of_a_list_is_told(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    in_both = raw_record("2610.00001", categories="math.AG cs.DM")
    short = Reply(
        b"<OAI-PMH><responseDate>2026-11-02T03:00:00Z</responseDate><ListRecords>"
        + in_both
        + b'<resumptionToken completeListSize="2"/></ListRecords></OAI-PMH>'
    )

    def answer(asked: Asked) -> Reply:
        if asked.path != "/oai":
            return Reply(TEX)
        return page(in_both) if asked.query["set"] == "cs" else short

    origin.answer = answer
    run = crawls.run("arxiv", changed(settings, "arxiv", sets=["cs", "math"]))
    rows = [
        (row.unit, row.item, row.reason, row.measured_value, row.limit_value)
        for row in landing.read_ledger(crawls.folder("arxiv"))
    ]
    assert rows == [
        ("listing", "set math", "listed_short", "1", "2"),
        ("listing", "set math", "listed_early", "2026-11-02", "2026-11-06"),
    ]
    assert run.is_complete
    assert origin.paths() == ["/oai", "/oai", "/oai", "/oai", "/e-print/2610.00001v1"]
    assert_balanced(crawls.folder("arxiv"))


def test_sources_of_every_kind_land_or_have_their_reason(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    eprints = {
        "2610.00001": compress(b"\\documentstyle{article}\\begin{document}Old"),
        "hep-th/9910001": TEX,
        "math.GT/0310136": compress(b"%auto-ignore\nWithdrawn"),
        "2610.00004": compress(b"%!PS-Adobe"),
    }
    serve(
        origin,
        {"": page(*(raw_record(arxiv_id) for arxiv_id in eprints))},
        {f"{arxiv_id}v1": Reply(body) for arxiv_id, body in eprints.items()},
    )
    crawls.run("arxiv", settings)
    landed = {document.unit: (document.content_type, document.content) for document in crawls.documents("arxiv")}
    assert landed == {
        "2610.00001": ("application/x-compress", eprints["2610.00001"]),
        "hep-th/9910001": ("application/gzip", TEX),
    }
    assert crawls.reasons("arxiv") == {"math.GT/0310136v1": "withdrawn", "2610.00004v1": "media_type"}
    assert_balanced(crawls.folder("arxiv"))


def test_a_plan_of_an_earlier_freshpress_is_taken_up(origin: Origin, settings: CrawlerSettings, crawls: Crawls) -> None:
    serve(origin, {"": page(raw_record("2610.00001"))}, {})
    origin_answer = origin.answer
    origin.answer = lambda asked: origin_answer(asked) if asked.path == "/oai" else Reply(b"no", 403)
    with pytest.raises(CrawlError, match="1 of 1 units are missing"):
        crawls.run("arxiv", settings)
    path = crawls.folder("arxiv") / "plan.json"
    plan = json.loads(path.read_text())
    del plan["entries"][0]["versions_at"]
    path.write_text(json.dumps(plan))
    origin.answer = lambda asked: Reply(TEX)
    assert crawls.run("arxiv", settings).landed_count == 1

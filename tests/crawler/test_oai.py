"""OAI-PMH answers, recorded and made up."""

from datetime import date
from pathlib import Path

import pytest

from crawler.oai import Paper, is_primary, list_url, next_url, read_page, read_records
from crawler.reasons import Skipped

ALL_TIME = (date(1991, 1, 1), date(2027, 1, 1))


def found_in(body: bytes, since: date = ALL_TIME[0], until: date = ALL_TIME[1], *categories: str) -> dict[str, object]:
    page = read_page(body)
    assert page is not None
    return {
        identifier: item if isinstance(item, Paper) else item.reason
        for identifier, item in read_records(page, since, until, list(categories))
    }


def raw_record(
    arxiv_id: str = "2610.00001", versions: str = "", categories: str = "math.AG", authors: str = "A. Author"
) -> bytes:
    versions = versions or '<version version="v1"><date>Mon, 5 Oct 2026 10:00:00 GMT</date></version>'
    return (
        f"<record><header><identifier>oai:arXiv.org:{arxiv_id}</identifier></header><metadata><arXivRaw "
        f'xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{arxiv_id}</id>{versions}<title>T</title>'
        f"<authors>{authors}</authors><categories>{categories}</categories></arXivRaw></metadata></record>"
    ).encode()


def listed(records: bytes) -> bytes:
    declaration = b'<?xml version="1.0" encoding="UTF-8"?>'
    return declaration + b"<OAI-PMH><ListRecords>" + records + b"</ListRecords></OAI-PMH>\n"


def test_a_recorded_list_is_read_with_its_token(shared_data: Path) -> None:
    body = (shared_data / "arxiv" / "oai" / "oaiharvester-ListRecords.xml").read_bytes()
    page = read_page(body)
    assert page is not None
    assert page.resumption_token == "726959|1001"
    assert page.stated_count == 58011
    assert page.answered_on == date(2015, 1, 6)
    papers = found_in(body)
    paper = papers["oai:arXiv.org:0704.0716"]
    assert paper == Paper(
        unit="0704.0716",
        version=4,
        title="Limit distributions and scaling functions",
        first_author="Christoph Richard",
        licence="http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
        primary_category="math-ph",
        v1_at="2007-04-05T12:45:03",
        versions_at={
            "1": "2007-04-05T12:45:03",
            "2": "2007-09-28T15:13:43",
            "3": "2008-02-29T16:05:39",
            "4": "2008-11-14T09:07:25",
        },
    )
    assert len(papers) == 6


def test_the_first_version_decides_and_not_the_datestamp(shared_data: Path) -> None:
    body = (shared_data / "arxiv" / "oai" / "oaiharvester-ListRecords.xml").read_bytes()
    # Every record was changed between October 2014 and January 2015; every first version is of 2007.
    assert set(found_in(body, date(2014, 10, 1), date(2015, 2, 1)).values()) == {"first_version_outside_window"}
    in_april = found_in(body, date(2007, 4, 5), date(2007, 4, 6))
    assert [key for key, item in in_april.items() if isinstance(item, Paper)] == ["oai:arXiv.org:0704.0716"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ads-arxiv_1711_04702", "other_format"),
        ("hepcrawl-record0", "other_format"),
        ("hepcrawl-records-many", "other_format"),
    ],
)
def test_records_of_other_formats_are_rows(shared_data: Path, name: str, reason: str) -> None:
    found = found_in((shared_data / "arxiv" / "oai" / f"{name}.xml").read_bytes())
    assert found
    assert set(found.values()) == {reason}


def test_deleted_records_are_rows(shared_data: Path) -> None:
    found = found_in((shared_data / "arxiv" / "oai" / "sickle-ListRecords.xml").read_bytes())
    assert found == {"oai:test.example.com:1585310": "deleted", "oai:test.example.com:1585322": "other_format"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("oaiharvester-error-BadResumptionToken", "badResumptionToken"),
        ("oaiharvester-error-NoRecordsMatch", "noRecordsMatch"),
        ("sickle-badResumptionToken", "badResumptionToken"),
        ("sickle-noRecordsMatch", "noRecordsMatch"),
    ],
)
def test_recorded_errors_are_told(shared_data: Path, name: str, code: str) -> None:
    page = read_page((shared_data / "arxiv" / "oai" / f"{name}.xml").read_bytes())
    assert page is not None
    assert page.errors.keys() == {code}


def test_several_errors_of_one_answer_are_all_told() -> None:
    page = read_page(
        b'<OAI-PMH><error code="badArgument">a  b</error><error code="noRecordsMatch"/><error>c</error></OAI-PMH>'
    )
    assert page is not None
    assert page.errors == {"badArgument": "a b", "noRecordsMatch": "", "unknown": "c"}


@pytest.mark.parametrize(
    ("attribute", "stated"),
    [('completeListSize="0"', 0), ('completeListSize="12"', 12), ('completeListSize="many"', None), ("", None)],
)
def test_the_size_of_the_list_is_what_its_token_states(attribute: str, stated: int | None) -> None:
    page = read_page(listed(raw_record() + f"<resumptionToken {attribute}/>".encode()))
    assert page is not None
    assert (page.resumption_token, page.stated_count) == (None, stated)


def test_versions_are_told_with_their_times() -> None:
    versions = "".join(
        f'<version version="v{number}"><date>{day} Oct 2026 10:00:00 GMT</date></version>'
        for number, day in [(2, "Tue, 6"), (1, "Mon, 5")]
    )
    (paper,) = found_in(raw_record(versions=versions)).values()
    assert isinstance(paper, Paper)
    assert paper.versions_at == {"1": "2026-10-05T10:00:00", "2": "2026-10-06T10:00:00"}
    assert paper.version == 2


@pytest.mark.parametrize("name", ["sickle-Identify", "sickle-ListSets"])
def test_an_answer_to_another_question_is_no_empty_list(shared_data: Path, name: str) -> None:
    assert read_page((shared_data / "arxiv" / "oai" / f"{name}.xml").read_bytes()) is None


def test_entities_and_broken_xml_are_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><OAI-PMH><ListRecords>&b;</ListRecords></OAI-PMH>'
    outside = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><OAI-PMH><ListRecords>&a;</ListRecords></OAI-PMH>'
    assert read_page(bomb) is None
    assert read_page(outside) is None
    assert read_page(b"<OAI-PMH><ListRecords>") is None
    assert read_page(b"<html><body>Denied</body></html>") is None


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (
            raw_record(versions='<version version="v2"><date>Mon, 5 Oct 2026 10:00:00 GMT</date></version>'),
            "malformed_item",
        ),
        (raw_record(versions='<version version="v1"><date>yesterday</date></version>'), "malformed_item"),
        (raw_record(arxiv_id="../../etc"), "malformed_item"),
        (raw_record(categories=" "), "malformed_item"),
        (raw_record(categories="hep-th math.AG"), "other_category"),
        (b"<record><header><identifier>i</identifier></header></record>", "malformed_item"),
        (b"<record/>", "malformed_item"),
    ],
)
def test_a_record_that_is_not_taken_has_its_reason(record: bytes, reason: str) -> None:
    found = found_in(b"<OAI-PMH><ListRecords>" + record + b"</ListRecords></OAI-PMH>", *ALL_TIME, "math")
    assert list(found.values()) == [reason]


def test_control_characters_in_a_field_do_not_cost_the_page() -> None:
    (paper,) = found_in(raw_record(authors="A. \x0bAuthor and B. Other")).values()
    assert isinstance(paper, Paper)
    assert paper.first_author == "A. Author"


@pytest.mark.parametrize(
    ("authors", "first"),
    [
        ("A.&#x1F; Author", "A. Author"),
        ("A. Author&#xFFFF;", "A. Author"),
        ("A. &#xD800;Author", "A. \ufffdAuthor"),
        ("A.&nbsp;Author", "A. Author"),
        ("A. Author & Sons", "A. Author & Sons"),
        ("A. Author &c. Sons &#99999999999", "A. Author &c. Sons &#99999999999"),
        ("A. Author\ufffe", "A. Author"),
    ],
)
def test_a_broken_field_costs_neither_the_page_nor_the_next_one(authors: str, first: str) -> None:
    records = raw_record("2610.00001", authors=authors) + raw_record("2610.00002")
    body = listed(records + b"<resumptionToken>t|1</resumptionToken>")
    page = read_page(body)
    assert page is not None
    assert page.resumption_token == "t|1"
    broken, sound = found_in(body).values()
    assert isinstance(sound, Paper)
    assert isinstance(broken, Paper)
    assert broken.first_author == first


def test_bytes_that_are_no_utf8_and_white_space_before_the_declaration_do_not_cost_the_page() -> None:
    body = listed(raw_record()).replace(b"A. Author", b"J. Garc\xeda")
    (paper,) = found_in(b"\xef\xbb\xbf\n\r\n" + body).values()
    (same,) = found_in(b"\n" + body).values()
    assert isinstance(paper, Paper)
    assert paper == same
    assert paper.first_author == "J. Garc\ufffda"


@pytest.mark.parametrize(
    "broken",
    [
        raw_record(authors="A. <b>Author"),
        raw_record(authors="A < B"),
        raw_record(authors="A <!-- B"),
        raw_record(authors="A <![CDATA[ B"),
        raw_record().replace(b'<version version="v1">', b'<version "v1">'),
        raw_record().replace(b"</record>", b""),
    ],
)
def test_a_record_that_is_no_xml_is_malformed_and_its_neighbours_are_not(broken: bytes) -> None:
    body = listed(
        raw_record("2610.00002") + broken + raw_record("2610.00003") + b"<resumptionToken>t|1</resumptionToken>"
    )
    page = read_page(body)
    assert page is not None
    assert page.resumption_token == "t|1"
    found = found_in(body)
    assert found.pop("oai:arXiv.org:2610.00001") == "malformed_item"
    assert [paper.unit for paper in found.values() if isinstance(paper, Paper)] == ["2610.00002", "2610.00003"]


def test_broken_records_without_identifier_are_told_apart() -> None:
    found = found_in(listed(b"<record><a></record><record><b></record>" + raw_record()))
    assert sorted(map(str, found.values()))[1:] == ["malformed_item", "malformed_item"]


@pytest.mark.parametrize(
    "body",
    [
        # Cut short: what is missing would never be asked for.
        listed(raw_record(authors="A & B"))[:-30],
        listed(raw_record(authors="A <b> B"))[:-30],
        # The way to the next page is broken.
        listed(raw_record() + b"<resumptionToken>t<1</resumptionToken>"),
    ],
)
def test_a_page_with_damage_outside_its_records_is_not_read(body: bytes) -> None:
    assert read_page(body) is None


def test_a_broken_page_is_mended_without_entities_or_network() -> None:
    outside = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    body = listed(raw_record(authors="&a; <b>X"))
    assert read_page(body.replace(b"<OAI-PMH>", outside + b"<OAI-PMH>")) is None


@pytest.mark.parametrize("arxiv_id", ["hep-th/9901001", "math.GT/0309136", "0704.0001", "1501.00001"])
def test_ids_of_every_time_are_taken(arxiv_id: str) -> None:
    (paper,) = found_in(raw_record(arxiv_id=arxiv_id)).values()
    assert isinstance(paper, Paper)
    assert paper.unit == arxiv_id


@pytest.mark.parametrize(
    ("authors", "first"),
    [
        ("D.V. Shetty, S.J. Yennello, and G.A. Souliotis", "D.V. Shetty"),
        ("Christoph Richard", "Christoph Richard"),
        ("Anna Andersson (1) and B. Brand (2) ((1) Univ. of A, (2) B)", "Anna Andersson"),
        ("", "2610.00001"),
    ],
)
def test_the_first_author_is_the_cluster(authors: str, first: str) -> None:
    (paper,) = found_in(raw_record(authors=authors)).values()
    assert isinstance(paper, Paper)
    assert paper.first_author == first


def test_a_category_covers_what_lies_under_it() -> None:
    assert is_primary("math.AG", ["math"])
    assert is_primary("math.AG", ["cs", "math.AG"])
    assert is_primary("anything", [])
    assert not is_primary("math-ph", ["math"])


def test_addresses_hold_what_the_protocol_asks_for() -> None:
    assert list_url("https://oaipmh.arxiv.org/oai", "math", date(2026, 10, 1)) == (
        "https://oaipmh.arxiv.org/oai?verb=ListRecords&metadataPrefix=arXivRaw&set=math&from=2026-10-01"
    )
    assert next_url("https://x/oai", "726959|1001") == "https://x/oai?verb=ListRecords&resumptionToken=726959%7C1001"


def test_skipped_records_are_known_by_their_identifier() -> None:
    page = read_page(b"<OAI-PMH><ListRecords><record><a/></record><record><b/></record></ListRecords></OAI-PMH>")
    assert page is not None
    items = [item for _, item in read_records(page, *ALL_TIME, [])]
    assert all(isinstance(item, Skipped) for item in items)
    assert len({item.item for item in items if isinstance(item, Skipped)}) == 2


def test_a_record_nested_ten_thousand_deep_is_a_row() -> None:
    deep = b"<a>" * 10_000 + b"</a>" * 10_000
    page = read_page(b"<OAI-PMH><ListRecords><record>" + deep + b"</record></ListRecords></OAI-PMH>")
    assert page is not None
    ((identifier, item),) = read_records(page, *ALL_TIME, [])
    assert isinstance(item, Skipped)
    assert item.reason == "malformed_item"
    assert identifier.startswith("without identifier")


@pytest.mark.parametrize("value", ["Mon, 5 Oct 99999999999999999999 10:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -1400"])
def test_a_version_of_a_day_that_no_calendar_knows_is_malformed(value: str) -> None:
    record = raw_record("2610.00001", f'<version version="v1"><date>{value}</date></version>')
    page = read_page(f"<OAI-PMH><ListRecords>{record}</ListRecords></OAI-PMH>".encode())
    assert page is not None
    ((_, item),) = read_records(page, *ALL_TIME, [])
    assert isinstance(item, Skipped)
    assert item.reason == "malformed_item"

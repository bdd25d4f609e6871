"""Lists read to their end: errors of the protocol, tokens, pages that move, sizes that are stated."""

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from config import ArxivSettings, load_settings
from crawler.oai import Paper, read_page
from crawler.oai_list import FATAL_ERRORS, READINGS, Found, merge, read_list
from crawler.patience import MissedError
from crawler.reasons import Skipped
from tests.crawler.test_oai import raw_record

SINCE, UNTIL = date(2026, 10, 1), date(2026, 11, 1)
ERRORS = {"badResumptionToken", "noRecordsMatch", *FATAL_ERRORS}

# The pages of one list, by the token that asks for them; "" is the first. Each is asked for its nth answer.
Pages = dict[str, Callable[[int], bytes]]


def settings() -> ArxivSettings:
    return load_settings().crawler.arxiv


def page(*ids: str, token: str | None = None, size: int | None = None, answered_on: str = "2026-11-21") -> bytes:
    """Return one page. A last page that states a size has an empty token, as the protocol wants it."""
    stated = "" if size is None else f' completeListSize="{size}"'
    tail = "" if token is None and size is None else f"<resumptionToken{stated}>{token or ''}</resumptionToken>"
    records = b"".join(raw_record(arxiv_id) for arxiv_id in ids)
    head = f"<OAI-PMH><responseDate>{answered_on}T03:00:00Z</responseDate><ListRecords>".encode()
    return head + records + tail.encode() + b"</ListRecords></OAI-PMH>"


def error(*codes: str, text: str = "told") -> bytes:
    return b"<OAI-PMH>" + b"".join(f'<error code="{code}">{text}</error>'.encode() for code in codes) + b"</OAI-PMH>"


def read(pages: Pages, oai_set: str = "math") -> tuple[Found, list[str]]:
    """Read a list; return what was found and the tokens that were asked with."""
    asked: list[str] = []

    async def fetch_page(url: str, _: int) -> object:
        query = parse_qs(urlsplit(url).query)
        token = query.get("resumptionToken", [""])[0]
        asked.append(token)
        found = read_page(pages[token](asked.count(token)))
        assert found is not None
        return found

    found = asyncio.run(read_list(oai_set, fetch_page, settings(), SINCE, UNTIL))  # type: ignore[arg-type]
    return found, asked


def always(body: bytes) -> Callable[[int], bytes]:
    return lambda _: body


def ids(found: Found) -> set[str]:
    return {item.unit for item in found.values() if isinstance(item, Paper)}


def notes(found: Found) -> list[Skipped]:
    return [item for item in found.values() if isinstance(item, Skipped)]


# --- errors of the protocol -------------------------------------------------------------------------------


def test_every_error_of_the_protocol_has_a_meaning() -> None:
    # OAI-PMH 2.0, section 3.6.
    known = "badArgument badResumptionToken badVerb cannotDisseminateFormat idDoesNotExist noMetadataFormats"
    assert {*known.split(), "noRecordsMatch", "noSetHierarchy"} == ERRORS


@pytest.mark.parametrize("code", sorted(FATAL_ERRORS))
def test_an_error_of_ours_or_of_another_server_ends_the_crawl_with_what_to_do(code: str) -> None:
    with pytest.raises(MissedError, match=rf"OAI-PMH error {code}: told \(.*oai_url.*check"):
        read({"": always(error(code))})


@pytest.mark.parametrize("code", ["somethingNew", ""])
def test_an_error_that_the_protocol_does_not_know_ends_the_crawl(code: str) -> None:
    with pytest.raises(MissedError, match=rf"OAI-PMH error {code}: told \(OAI-PMH has no such error"):
        read({"": always(error(code))})


def test_no_records_is_an_empty_list() -> None:
    assert read({"": always(error("noRecordsMatch"))}) == ({}, [""])


def test_a_set_that_the_source_does_not_know_is_a_row(shared_data: Path) -> None:
    recorded = (shared_data / "arxiv" / "oai" / "oaiharvester-error-NoRecordsMatch.xml").read_bytes()
    found, asked = read({"": always(recorded)}, "moo")
    assert notes(found) == [Skipped("set moo", "unknown_set", "moo")]
    assert asked == [""]


def test_an_expired_token_begins_the_list_again(shared_data: Path) -> None:
    recorded = (shared_data / "arxiv" / "oai" / "oaiharvester-error-BadResumptionToken.xml").read_bytes()
    first = always(page("2610.00001", token="t", size=2))
    found, asked = read({"": first, "t": lambda times: recorded if times == 1 else page("2610.00002", size=2)})
    assert ids(found) == {"2610.00001", "2610.00002"}
    assert asked == ["", "t", "", "t"]
    assert notes(found) == []


def test_a_token_that_expires_every_time_ends_the_crawl() -> None:
    pages = {"": always(page("2610.00001", token="t")), "t": always(error("badResumptionToken"))}
    with pytest.raises(
        MissedError, match=f"set math was cut off in each of {READINGS} readings.*token that has expired"
    ):
        read(pages)


def test_a_token_that_expired_excuses_the_errors_beside_it() -> None:
    first = always(page("2610.00001", token="t"))
    second = error("badArgument", "badResumptionToken")
    found, _ = read({"": first, "t": lambda times: second if times == 1 else page("2610.00002")})
    assert ids(found) == {"2610.00001", "2610.00002"}


def test_an_empty_list_excuses_no_error_beside_it() -> None:
    with pytest.raises(MissedError, match="OAI-PMH error badArgument"):
        read({"": always(error("noRecordsMatch", "badArgument"))})


# --- tokens and pages -------------------------------------------------------------------------------------


def test_a_token_that_comes_again_is_not_followed_for_ever() -> None:
    pages = {"": always(page("2610.00001", token="t")), "t": always(page("2610.00002", token="t"))}
    with pytest.raises(MissedError, match="resumption token that leads in a circle"):
        read(pages)


def test_tokens_that_are_ever_new_and_show_nothing_new_are_not_followed_for_ever() -> None:
    pages = {"": always(page("2610.00001", token="t0"))}
    pages |= {f"t{number}": always(page("2610.00001", token=f"t{number + 1}")) for number in range(50)}
    with pytest.raises(MissedError, match="resumption token that leads in a circle"):
        read(pages)


def test_a_list_in_several_pages_without_a_size_is_read_until_a_reading_shows_nothing_new() -> None:
    # While it is read, a record of the first page changes and moves to the end, and one slips over the border.
    pages = {
        "": lambda times: page("2610.00001", "2610.00002", token="t") if times == 1 else page(
            "2610.00002", "2610.00003", token="t"),
        "t": always(page("2610.00004", "2610.00001")),
    }  # fmt: skip
    found, asked = read(pages)
    assert ids(found) == {"2610.00001", "2610.00002", "2610.00003", "2610.00004"}
    assert asked == ["", "t"] * 3
    assert notes(found) == []


def test_a_list_in_one_page_is_read_once() -> None:
    assert read({"": always(page("2610.00001"))})[1] == [""]


def test_a_list_that_shows_what_it_states_is_read_once_though_pages_overlap() -> None:
    first = page("2610.00001", "2610.00002", token="t", size=3)
    found, asked = read({"": always(first), "t": always(page("2610.00002", "2610.00003", size=3))})
    assert ids(found) == {"2610.00001", "2610.00002", "2610.00003"}
    assert asked == ["", "t"]


def test_a_list_that_comes_short_is_read_again() -> None:
    short = page("2610.00001", "2610.00002", size=3)
    found, asked = read({"": lambda times: short if times == 1 else page("2610.00002", "2610.00003", size=3)})
    assert ids(found) == {"2610.00001", "2610.00002", "2610.00003"}
    assert asked == ["", ""]
    assert notes(found) == []


def test_a_list_that_stays_short_has_its_row() -> None:
    pages = {"": always(page("2610.00001", token="t", size=5)), "t": always(page("2610.00002", size=5))}
    found, asked = read(pages)
    assert ids(found) == {"2610.00001", "2610.00002"}
    assert notes(found) == [Skipped("set math", "listed_short", "2", "5")]
    assert asked == ["", "t"] * READINGS


def test_nothing_behind_a_token_is_believed_once_it_is_said_again() -> None:
    pages = {"": always(page("2610.00001", token="t")), "t": always(error("noRecordsMatch"))}
    found, asked = read(pages)
    assert ids(found) == {"2610.00001"}
    assert asked == ["", "t"] * 2


# --- what is found ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answered_on", "is_early"), [("2026-11-02", True), ("2026-11-05", True), ("2026-11-06", False)]
)
def test_a_list_that_is_read_before_its_papers_are_announced_has_its_row(answered_on: str, is_early: bool) -> None:
    found, _ = read({"": always(page("2610.00001", answered_on=answered_on))})
    assert notes(found) == ([Skipped("set math", "listed_early", answered_on, "2026-11-06")] if is_early else [])


def test_what_is_found_later_is_newer_and_a_broken_copy_replaces_nothing() -> None:
    papers = {version: _paper(version) for version in (1, 2)}
    found: Found = {"a": papers[1], "b": papers[1], "c": Skipped("c", "malformed_item")}
    broken = {"b": Skipped("b", "malformed_item"), "c": papers[1], "d": Skipped("d", "other_format")}
    merge(found, {"a": papers[2], **broken})
    assert found == {"a": papers[2], "b": papers[1], "c": papers[1], "d": Skipped("d", "other_format")}
    merge(found, {"a": Skipped("a", "deleted")})
    assert found["a"] == Skipped("a", "deleted")


def _paper(version: int) -> Paper:
    return Paper("2610.00001", version, "T", "A", None, "math.AG", "2026-10-05T10:00:00")

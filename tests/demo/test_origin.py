"""The origin speaks the protocols of its three sources: what a plain client sees, also when it is told to misbehave."""

import gzip
import http.client
import io
import json
import tarfile
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from email.message import Message
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

import pytest

from demo.archives import Capture, commit_sha, eprint_gz, eprint_tar, git_archive, warc_file
from demo.faults import Fault
from demo.origin import Origin, as_toml, serve
from demo.records import Crawl, Material, Paper, PaperVersion, Repository

CREATED_AT = datetime(2026, 10, 31, 23, 30)
TEX = b"\\documentclass{article}\\begin{document}$x$\\end{document}"
RAW = "{http://arxiv.org/OAI/arXivRaw/}"
OAI = "{http://www.openarchives.org/OAI/2.0/}"


def a_repository(name: str, **fields: object) -> Repository:
    files = {"README.md": b"hello\n", "src/main.py": b"print(1)\n"}
    commit = commit_sha(name, files, CREATED_AT)
    archive = git_archive(f"own/{name}", commit, files, CREATED_AT)
    return replace(Repository(f"own/{name}", CREATED_AT, CREATED_AT, commit, archive, stars=9), **fields)


def a_paper(arxiv_id: str, *sources: bytes | None, **fields: object) -> Paper:
    versions = tuple(PaperVersion(CREATED_AT, source) for source in sources)
    authors, categories = "A. One, B. Two", "math.CO cs.DM"
    sound = Paper(arxiv_id, "On < and &", authors, "Short.", categories, date(2026, 10, 31), versions)
    return replace(sound, **fields)


@pytest.fixture(scope="module")
def warc() -> bytes:
    page = Capture("https://www.example.org/a", CREATED_AT, b"<html><p>Hello</p></html>")
    return warc_file("CC-MAIN-2026-44", "one.warc.gz", [page, page], CREATED_AT)


@pytest.fixture
def origin(warc: bytes) -> Iterator[Origin]:
    many = [a_repository(f"r{number}") for number in range(7)]
    others = [
        a_repository("fork", is_fork=True),
        a_repository("old", created_at=datetime(2021, 1, 1)),
        a_repository("gone", tarball=None, is_archived=True),
    ]
    papers = [
        a_paper("2610.90001", eprint_gz(TEX)),
        a_paper("math/0601999", None, eprint_tar({"main.tex": TEX, "part.tex": b"more"}, CREATED_AT)),
        a_paper("2610.90003", b"%PDF-1.5\n", set_specs=("math:math:CO",)),
        a_paper("2610.90004", is_deleted=True),
        a_paper("2609.90005", TEX, datestamp_on=date(2026, 9, 2)),
        *(a_paper(f"2610.9001{number}", TEX) for number in range(6)),
    ]
    crawl = Crawl("CC-MAIN-2026-44", "October 2026 Index", CREATED_AT, CREATED_AT, {"crawl-data/x/one.warc.gz": warc})
    material = Material((*many, *others), tuple(papers), (crawl,), {"verbatim": b"<OAI-PMH/>"})
    with serve(material) as running:
        yield running


def get(origin: Origin, target: str, **headers: str) -> tuple[int, Message, bytes]:
    request = urllib.request.Request(origin.base_url + target, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def search(origin: Origin, query: str, **arguments: object) -> tuple[int, Message, dict]:
    status, headers, body = get(origin, f"/api/search/repositories?{urlencode({'q': query, **arguments})}")
    return status, headers, json.loads(body)


def oai(origin: Origin, **arguments: str) -> ET.Element:
    status, _, body = get(origin, f"/oai?{urlencode({key.rstrip('_'): value for key, value in arguments.items()})}")
    assert status == 200
    return ET.fromstring(body)


def error_code(answer: ET.Element) -> str | None:
    error = answer.find(f"{OAI}error")
    return None if error is None else error.get("code")


# --- GitHub -----------------------------------------------------------------------------------------------


def test_a_search_is_paged_and_links_its_pages(origin: Origin) -> None:
    query = "language:Python created:2026-10-01..2026-10-31 fork:false archived:false stars:>=5"
    _, headers, first = search(origin, query, per_page=3)
    _, _, last = search(origin, query, per_page=3, page=3)
    assert (first["total_count"], first["incomplete_results"], len(first["items"])) == (7, False, 3)
    assert [item["full_name"] for item in last["items"]] == ["own/r6"]
    assert 'page=2>; rel="next"' in headers["Link"]
    assert 'page=3>; rel="last"' in headers["Link"]
    assert headers["X-RateLimit-Resource"] == "search"
    item = first["items"][0]
    assert item["html_url"] == "https://github.com/own/r0"
    assert (item["created_at"], item["license"]["spdx_id"]) == ("2026-10-31T23:30:00Z", "MIT")


@pytest.mark.parametrize(
    ("qualifier", "count"),
    [
        ("created:2026-10-31T23:30:00Z..2026-10-31T23:30:00Z", 7),
        ("created:2026-10-31T23:30:01Z..2026-11-30", 0),
        ("created:2026-11-01T01:30:00+02:00..*", 7),
        ("created:<2026-10-31", 1),
        ("created:<=2026-10-31", 8),
        ("created:>2026-10-30", 7),
        ("stars:5..8", 0),
        ("stars:>9", 0),
        ("stars:9", 8),
        ("fork:only", 1),
        ("language:rust", 0),
        ("r3 in-no-description", 0),
        ("r3", 1),
    ],
)
def test_qualifiers_mean_what_they_mean_on_github(origin: Origin, qualifier: str, count: int) -> None:
    assert search(origin, f"{qualifier} archived:false")[2]["total_count"] == count


def test_a_search_without_words_or_past_the_first_thousand_is_refused(origin: Origin) -> None:
    assert search(origin, " ")[0] == 422
    assert search(origin, "stars:>=0", per_page=100, page=11)[0] == 422
    assert search(origin, "stars:many")[0] == 422


def test_a_tarball_is_a_redirect_to_what_git_archive_makes(origin: Origin) -> None:
    _, headers, body = get(origin, "/api/repos/own/r1/tarball/main")
    assert headers["Content-Type"] == "application/x-gzip"
    with tarfile.open(fileobj=io.BytesIO(body), mode="r|gz") as archive:
        names = [member.name for member in archive]
        commit = archive.pax_headers["comment"]
    assert names == [f"own-r1-{commit[:7]}{path}" for path in ("", "/README.md", "/src", "/src/main.py")]
    assert origin.requests["/api/repos/own/r1/tarball/main"] == 1
    assert origin.requests["/codeload/own/r1/legacy.tar.gz/refs/heads/main"] == 0
    assert origin.requests["/codeload/own/r1/legacy.tar.gz/main"] == 1


def test_what_is_not_on_github_is_404_as_json(origin: Origin) -> None:
    status, _, body = get(origin, "/api/repos/own/nobody/tarball/main")
    assert (status, json.loads(body)["message"]) == (404, "Not Found")
    assert get(origin, "/api/repos/own/r1/tarball/no-such-branch")[0] == 404
    assert get(origin, "/api/repos/own/gone/tarball/main")[0] == 404


# --- arXiv ------------------------------------------------------------------------------------------------


def test_resumption_tokens_lead_through_the_whole_list_once(origin: Origin) -> None:
    page = oai(origin, verb="ListRecords", metadataPrefix="arXivRaw", set="math", from_="2026-10-01")
    identifiers, page_count = [], 1
    while (token := page.find(f".//{OAI}resumptionToken")) is not None:
        identifiers += [element.text for element in page.iter(f"{OAI}identifier")]
        assert token.get("completeListSize") == "10"
        if not token.text:
            break
        page = oai(origin, verb="ListRecords", resumptionToken=token.text)
        page_count += 1
    assert (page_count, len(identifiers), len(set(identifiers))) == (2, 10, 10)
    assert "oai:arXiv.org:2609.90005" not in identifiers


def test_a_record_has_the_layout_of_arxiv_raw(origin: Origin) -> None:
    answer = oai(origin, verb="GetRecord", metadataPrefix="arXivRaw", identifier="oai:arXiv.org:math/0601999")
    raw = answer.find(f".//{RAW}arXivRaw")
    versions = raw.findall(f"{RAW}version")
    assert [version.get("version") for version in versions] == ["v1", "v2"]
    assert versions[0].find(f"{RAW}date").text == "Sat, 31 Oct 2026 23:30:00 GMT"
    assert (raw.find(f"{RAW}title").text, raw.find(f"{RAW}submitter").text) == ("On < and &", "A. One")


def test_a_deleted_record_has_a_header_only(origin: Origin) -> None:
    answer = oai(origin, verb="GetRecord", metadataPrefix="arXivRaw", identifier="oai:arXiv.org:2610.90004")
    assert answer.find(f".//{OAI}header").get("status") == "deleted"
    assert answer.find(f".//{OAI}metadata") is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"verb": "Nothing"}, "badVerb"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "arXivRaw", "from": "yesterday"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "arXivRaw", "colour": "red"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc"}, "cannotDisseminateFormat"),
        ({"verb": "ListRecords", "metadataPrefix": "arXivRaw", "from": "2026-11-05"}, "noRecordsMatch"),
        ({"verb": "ListRecords", "metadataPrefix": "arXivRaw", "set": "moo"}, "noRecordsMatch"),
        ({"verb": "ListRecords", "resumptionToken": "3"}, "badResumptionToken"),
        ({"verb": "ListRecords", "resumptionToken": "3", "set": "math"}, "badArgument"),
        ({"verb": "GetRecord", "metadataPrefix": "arXivRaw", "identifier": "oai:arXiv.org:1"}, "idDoesNotExist"),
    ],
)
def test_wrong_requests_get_the_error_of_the_protocol(origin: Origin, arguments: dict[str, str], code: str) -> None:
    assert error_code(oai(origin, **arguments)) == code


def test_identify_and_list_sets_answer(origin: Origin) -> None:
    assert oai(origin, verb="Identify").find(f".//{OAI}granularity").text == "YYYY-MM-DD"
    assert [element.text for element in oai(origin, verb="ListSets").iter(f"{OAI}setSpec")] == ["math", "math:math:CO"]


def test_a_recorded_answer_is_sent_verbatim(origin: Origin) -> None:
    assert get(origin, "/oai?verb=ListRecords&set=verbatim")[2] == b"<OAI-PMH/>"


def test_eprints_come_as_arxiv_sends_them(origin: Origin) -> None:
    _, headers, body = get(origin, "/e-print/2610.90001")
    assert (headers["Content-Encoding"], gzip.decompress(body)) == ("x-gzip", TEX)
    _, headers, body = get(origin, "/e-print/math/0601999")
    assert (headers["Content-Type"], headers["Content-Encoding"]) == ("application/gzip", None)
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        assert archive.getnames() == ["main.tex", "part.tex"]
    assert get(origin, "/e-print/math/0601999v2")[2] == body
    assert get(origin, "/e-print/2610.90003v1")[1]["Content-Type"] == "application/pdf"


def test_an_eprint_that_is_not_there_is_404(origin: Origin) -> None:
    for target in ("2610.99999", "math/0601999v1", "math/0601999v3", "math/0601999v0", "2610.90004"):
        assert get(origin, f"/e-print/{quote(target)}")[0] == 404


# --- Common Crawl -----------------------------------------------------------------------------------------


def test_the_crawl_is_listed_with_its_files(origin: Origin) -> None:
    crawl = json.loads(get(origin, "/collinfo.json")[2])[0]
    assert (crawl["id"], crawl["from"]) == ("CC-MAIN-2026-44", "2026-10-31T23:30:00")
    paths = gzip.decompress(get(origin, "/data/crawl-data/CC-MAIN-2026-44/warc.paths.gz")[2])
    assert paths == b"crawl-data/x/one.warc.gz\n"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=5-", 5, None), ("bytes=-7", -7, None), ("bytes=3-99999999", 3, None)],
)
def test_a_range_is_cut_out(origin: Origin, warc: bytes, asked: str, first: int, last: int | None) -> None:
    status, headers, body = get(origin, "/data/crawl-data/x/one.warc.gz", Range=asked)
    wanted = warc[first : None if last is None else last + 1]
    start = first if first >= 0 else len(warc) + first
    assert (status, body) == (206, wanted)
    assert headers["Content-Range"] == f"bytes {start}-{start + len(wanted) - 1}/{len(warc)}"


def test_a_range_past_the_end_is_416_and_no_range_is_all(origin: Origin, warc: bytes) -> None:
    status, headers, _ = get(origin, "/data/crawl-data/x/one.warc.gz", Range=f"bytes={len(warc)}-")
    assert (status, headers["Content-Range"]) == (416, f"bytes */{len(warc)}")
    assert get(origin, "/data/crawl-data/x/one.warc.gz")[2] == warc
    assert get(origin, "/data/crawl-data/x/two.warc.gz")[0] == 404


def test_every_warc_record_is_a_gzip_member_of_its_own(warc: bytes) -> None:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    records = list(ArchiveIterator(io.BytesIO(warc), verify_digests=True))
    assert [record.record_type for record in records][:3] == [
        WarcRecordType.warcinfo,
        WarcRecordType.request,
        WarcRecordType.response,
    ]
    offset = records[2].stream_pos
    alone = next(iter(ArchiveIterator(io.BytesIO(warc[offset:]))))
    assert alone.headers["WARC-Target-URI"] == "https://www.example.org/a"
    assert alone.reader.read() == b"<html><p>Hello</p></html>"


# --- misbehaviour and settings ----------------------------------------------------------------------------


def test_a_fault_spoils_as_many_answers_as_it_says(origin: Origin) -> None:
    origin.misbehave(Fault("/collinfo", times=2, status=503, headers={"Retry-After": "7"}))
    answers = [get(origin, "/collinfo.json") for _ in range(3)]
    assert [status for status, _, _ in answers] == [503, 503, 200]
    assert answers[0][1]["Retry-After"] == "7"
    assert origin.requests["/collinfo.json"] == 3


def test_a_dropped_connection_and_a_truncated_body_are_seen_as_such(origin: Origin) -> None:
    origin.misbehave(Fault("one.warc", drops_connection=True))
    origin.misbehave(Fault("one.warc", keeps_bytes=10))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        get(origin, "/data/crawl-data/x/one.warc.gz")
    with pytest.raises(http.client.IncompleteRead):
        get(origin, "/data/crawl-data/x/one.warc.gz")
    assert get(origin, "/data/crawl-data/x/one.warc.gz")[0] == 200


def test_the_overrides_are_settings_of_a_home(origin: Origin, tmp_path) -> None:
    from config import load_settings

    text = as_toml(origin.overrides())
    (tmp_path / "freshpress.toml").write_text(text, encoding="utf-8")
    settings = load_settings(tmp_path).crawler
    assert settings.arxiv.source_url == f"{origin.base_url}/e-print"
    assert tomllib.loads(text)["crawler"]["github"]["api_url"] == settings.github.api_url

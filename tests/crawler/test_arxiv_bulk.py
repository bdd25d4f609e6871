"""E-prints from arXiv's monthly source tars: read where the manifest says they are, and a hole where they are not."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from config import CrawlerSettings
from crawler.arxiv import ArxivSpider, version_at
from crawler.arxiv_bulk import MANIFEST_NAME, BulkFolder, bulk_item, bulk_month
from crawler.oai import Paper
from crawler.patience import MissedError
from crawler.spec import CrawlSpec
from storage import landing
from storage.errors import ConfigError, CrawlError
from storage.parquet import read_records
from storage.records import CrawlLedger, RawDocument, content_id
from tests.crawler.loopback import SINCE, UNTIL, Asked, Crawls, Origin, Reply, assert_balanced, changed
from tests.crawler.scripted import Answers, run_of, run_spider, unit_names
from tests.crawler.test_arxiv_crawl import page
from tests.crawler.test_oai import raw_record

TEX = gzip.compress(b"\\documentclass{article}\\begin{document}Hello\\end{document}")
MONTH = {
    "2610/2610.00001.gz": TEX,
    "2610/2610.00002.pdf": b"%PDF-1.5\n...",
    "2610/2610.00003.gz": gzip.compress(b"%auto-ignore\nThis paper has been withdrawn."),
    "2610/2610.00004.gz": gzip.compress(b"\\documentclass{article}" + bytes(5000)),
    "2610/2610.00006.gz": TEX,
}


def tar(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        folder = tarfile.TarInfo(next(iter(members)).partition("/")[0])
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def entry(number: int, members: Mapping[str, bytes], packed_at: str = "2026-11-05 04:25:34") -> tuple[str, bytes, str]:
    """Return one tar as its name, its bytes, and what the manifest says of it."""
    month = next(iter(members))[:4]
    items = [name.partition("/")[2].rpartition(".")[0] for name in members]
    name, content = f"arXiv_src_{month}_{number:03}.tar", tar(members)
    md5sum = hashlib.md5(content, usedforsecurity=False).hexdigest()
    told = (
        f"<file><content_md5sum>0</content_md5sum><filename>src/{name}</filename><first_item>{items[0]}</first_item>"
        f"<last_item>{items[-1]}</last_item><md5sum>{md5sum}</md5sum><num_items>{len(items)}</num_items>"
        f"<seq_num>{number}</seq_num><size>{len(content)}</size><timestamp>{packed_at}</timestamp>"
        f"<yymm>{month}</yymm></file>"
    )
    return name, content, told


def bulk_folder(
    folder: Path, *tars: tuple[str, bytes, str], subfolder: str = "src", packs_manifest: bool = False
) -> Path:
    (folder / subfolder).mkdir(parents=True, exist_ok=True)
    manifest = "<?xml version='1.0' standalone='yes'?>\n<arXivSRC>" + "".join(told for *_, told in tars)
    manifest = f"{manifest}<timestamp>Thu Nov  5 04:21:45 2026</timestamp></arXivSRC>"
    for name, content, _ in tars:
        (folder / subfolder / name).write_bytes(content)
    path = folder / subfolder / MANIFEST_NAME
    if packs_manifest:
        path.with_name(f"{MANIFEST_NAME}.gz").write_bytes(gzip.compress(manifest.encode()))
    else:
        path.write_text(manifest)
    return folder


def two_tars() -> tuple[tuple[str, bytes, str], tuple[str, bytes, str]]:
    names = list(MONTH)
    return entry(1, {name: MONTH[name] for name in names[:3]}), entry(2, {name: MONTH[name] for name in names[3:]})


def listing(*ids: str) -> Reply:
    return page(*(raw_record(arxiv_id) for arxiv_id in ids))


def bulk_spec(settings: CrawlerSettings, tmp_path: Path, folder: Path, **changes: object) -> CrawlSpec:
    settings = changed(changed(settings, retry_count=0), "arxiv", bulk_dir=str(folder), **changes)
    spec = CrawlSpec("arxiv", SINCE, UNTIL, tmp_path / "landing", settings.seed, settings)
    spec.folder.mkdir(parents=True, exist_ok=True)
    return spec


def only_lists(*ids: str) -> Answers:
    def answer(asked: Asked) -> Reply:
        assert asked.path == "/oai", "an e-print was asked for"
        return listing(*ids)

    return answer


def documents(spec: CrawlSpec) -> list[RawDocument]:
    return [one for path in landing.document_files(spec.folder) for one in read_records(path, RawDocument)]


def rows(spec: CrawlSpec) -> dict[str, CrawlLedger]:
    return {row.item: row for row in landing.read_ledger(spec.folder)}


# --- a crawl ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("subfolder", "packs_manifest"), [("src", False), (".", False), ("src", True), (".", True)])
def test_papers_land_from_the_tars_and_no_eprint_is_asked_for(
    settings: CrawlerSettings, tmp_path: Path, subfolder: str, packs_manifest: bool
) -> None:
    folder = bulk_folder(tmp_path / "bulk", *two_tars(), subfolder=subfolder, packs_manifest=packs_manifest)
    spec = bulk_spec(settings, tmp_path, folder, max_archive_bytes=1000, delay_seconds=0.0)
    ids = [f"2610.0000{number}" for number in range(1, 7)]
    asked = run_spider(ArxivSpider, spec, only_lists(*ids))
    assert [one.path for one in asked] == ["/oai"]
    landed = {document.unit: document for document in documents(spec)}
    assert set(landed) == {"2610.00001", "2610.00004", "2610.00006"}
    document = landed["2610.00001"]
    assert (document.content, document.content_type) == (TEX, "application/gzip")
    assert (document.url, document.revision) == ("https://arxiv.org/abs/2610.00001v1", "1")
    assert document.document_id == content_id("arxiv", document.url, "1")
    assert document.locator == ("arxiv:2610.00001?version=1&tar=arXiv_src_2610_001.tar&member=2610%2F2610.00001.gz")
    assert {item: row.reason for item, row in rows(spec).items()} == {
        "2610.00002v1": "media_type", "2610.00003v1": "withdrawn", "2610.00005v1": "not_in_bulk",
    }  # fmt: skip
    assert run_of(spec).is_complete
    assert_balanced(spec.folder)


def test_the_same_paper_is_the_same_document_wherever_it_came_from(settings: CrawlerSettings, tmp_path: Path) -> None:
    folder = bulk_folder(tmp_path / "bulk", *two_tars())
    from_tar = bulk_spec(settings, tmp_path / "a", folder)
    run_spider(ArxivSpider, from_tar, only_lists("2610.00001"))
    asked_for = CrawlSpec("arxiv", SINCE, UNTIL, tmp_path / "b", settings.seed, settings)
    asked_for.folder.mkdir(parents=True)
    run_spider(ArxivSpider, asked_for, lambda asked: listing("2610.00001") if asked.path == "/oai" else Reply(TEX))
    (one,), (other,) = documents(from_tar), documents(asked_for)
    assert (one.document_id, one.content) == (other.document_id, other.content)
    # Where a source is read from does not decide what lands: either crawl may be ended as the other.
    assert from_tar.settings_hash == asked_for.settings_hash


def test_a_source_above_the_limit_is_a_row_with_both_numbers(settings: CrawlerSettings, tmp_path: Path) -> None:
    spec = bulk_spec(settings, tmp_path, bulk_folder(tmp_path / "bulk", *two_tars()), max_archive_bytes=50)
    run_spider(ArxivSpider, spec, only_lists("2610.00001"))
    row = rows(spec)["2610.00001v1"]
    assert (row.reason, row.measured_value, row.limit_value) == ("too_large", str(len(TEX)), "50")


def test_ids_from_before_2007_are_found(settings: CrawlerSettings, tmp_path: Path) -> None:
    old = {"9910/hep-th9910001.gz": TEX, "9910/math9910136.gz": TEX}
    folder = bulk_folder(tmp_path / "bulk", entry(1, old))
    spec = bulk_spec(settings, tmp_path, folder)
    run_spider(ArxivSpider, spec, only_lists("hep-th/9910001", "math.GT/9910136"))
    assert set(unit_names(spec)) == {"hep-th/9910001", "math.GT/9910136"}
    assert run_of(spec).landed_count == 2


@pytest.mark.slow
def test_a_bulk_crawl_ends_as_a_process_that_asked_for_lists_alone(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls, tmp_path: Path
) -> None:
    folder = bulk_folder(tmp_path / "bulk", *two_tars())
    origin.answer = lambda asked: listing("2610.00001", "2610.00006")
    run = crawls.run("arxiv", changed(settings, "arxiv", bulk_dir=str(folder), delay_seconds=5.0))
    assert (run.landed_count, run.request_count) == (2, 1)
    assert origin.paths() == ["/oai"]
    assert_balanced(crawls.folder("arxiv"))


# --- holes ------------------------------------------------------------------------------------------------


def test_a_tar_that_is_not_there_is_a_hole_that_names_it_and_is_filled_later(
    settings: CrawlerSettings, tmp_path: Path
) -> None:
    folder = bulk_folder(tmp_path / "bulk", *two_tars())
    missing = folder / "src" / "arXiv_src_2610_002.tar"
    content = missing.read_bytes()
    missing.unlink()
    spec = bulk_spec(settings, tmp_path, folder)
    answer = only_lists("2610.00001", "2610.00002", "2610.00006")
    why = (
        r"1 of 3 units are missing \(2610\.00006: arXiv_src_2610_002\.tar, which .*manifest\.xml lists for 2610\.00004 "
    )
    with pytest.raises(CrawlError, match=why):
        run_spider(ArxivSpider, spec, answer)
    assert not run_of(spec).is_complete
    missing.write_bytes(content)
    assert run_spider(ArxivSpider, spec, answer) == []
    assert (run_of(spec).is_complete, run_of(spec).landed_count) == (True, 2)


def test_a_manifest_that_is_a_month_behind_is_a_hole_in_one_sentence(settings: CrawlerSettings, tmp_path: Path) -> None:
    folder = bulk_folder(tmp_path / "bulk", entry(1, {"2609/2609.00001.gz": TEX}))
    spec = bulk_spec(settings, tmp_path, folder)
    why = r"units failed in a row.*manifest\.xml lists no tar of 2610, the month of 2610\.\d{5}; put a newer manifest"
    with pytest.raises(CrawlError, match=why):
        run_spider(ArxivSpider, spec, only_lists(*(f"2610.0000{number}" for number in range(1, 6))))
    assert documents(spec) == []


def test_a_tar_with_another_md5sum_is_a_hole_that_names_both(settings: CrawlerSettings, tmp_path: Path) -> None:
    folder = bulk_folder(tmp_path / "bulk", *two_tars())
    path = folder / "src" / "arXiv_src_2610_001.tar"
    stated = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    path.write_bytes(path.read_bytes()[:-512])
    found = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    spec = bulk_spec(settings, tmp_path, folder)
    why = rf"{path} has the md5sum {found}, where the manifest says {stated}"
    with pytest.raises(CrawlError, match=why):
        run_spider(ArxivSpider, spec, only_lists("2610.00001"))


def test_a_folder_without_a_manifest_is_told_before_anything_is_asked(
    settings: CrawlerSettings, tmp_path: Path
) -> None:
    asked: list[Asked] = []

    def answer(one: Asked) -> Reply:
        asked.append(one)
        return listing("2610.00001")

    with pytest.raises(ConfigError, match=rf"bulk_dir = '{tmp_path}/nowhere' has no arXiv_src_manifest\.xml"):
        run_spider(ArxivSpider, bulk_spec(settings, tmp_path, tmp_path / "nowhere"), answer)
    assert asked == []


# --- the folder -------------------------------------------------------------------------------------------


def test_a_tar_is_checked_and_walked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = bulk_folder(tmp_path, *two_tars())
    digests: list[object] = []
    digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *words: digests.append(words) or digest(*words))
    bulk = BulkFolder(folder)
    for _ in range(3):
        for arxiv_id in ("2610.00001", "2610.00003", "2610.00006"):
            member = bulk.find(arxiv_id)
            assert member is not None
            assert bulk.read(member) == MONTH[member.name]
    assert len(digests) == 2


def test_a_tar_that_shrinks_while_it_is_read_is_a_hole(tmp_path: Path) -> None:
    bulk = BulkFolder(bulk_folder(tmp_path, *two_tars()))
    member = bulk.find("2610.00003")
    assert member is not None
    (tmp_path / "src" / member.tar.name).write_bytes(b"")
    with pytest.raises(MissedError, match="has become shorter"):
        bulk.read(member)


def test_a_file_that_is_no_tar_is_a_hole_even_with_its_md5sum(tmp_path: Path) -> None:
    name, content, told = two_tars()[0]
    wrong = b"no tar at all" * 100
    sums = [hashlib.md5(one, usedforsecurity=False).hexdigest() for one in (content, wrong)]
    with pytest.raises(MissedError, match=rf"{name} cannot be read as a tar"):
        BulkFolder(bulk_folder(tmp_path, (name, wrong, told.replace(*sums)))).find("2610.00001")


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        (b"<html>Access Denied</html", "no manifest"),
        (b'<!DOCTYPE x [<!ENTITY a "aa">]><arXivSRC><file>&a;</file></arXivSRC>', "EntitiesForbidden"),
        (
            b"<arXivSRC><file><filename>../../etc/passwd</filename></file></arXivSRC>",
            r"a file named '\.\./\.\./etc/pass",
        ),
        (b"<arXivSRC><file><filename>src/arXiv_src_2610_001.tar</filename></file></arXivSRC>", "says no yymm of arXiv"),
    ],
)
def test_a_manifest_that_is_none_is_told(tmp_path: Path, manifest: bytes, why: str) -> None:
    (tmp_path / MANIFEST_NAME).write_bytes(manifest)
    with pytest.raises(ConfigError, match=why):
        BulkFolder(tmp_path)


@pytest.mark.parametrize("packed", [b"", b"\x1f\x8b\x08\x00damaged beyond repair", b"<arXivSRC/>"])
def test_a_packed_manifest_that_is_damaged_is_told(tmp_path: Path, packed: bytes) -> None:
    (tmp_path / f"{MANIFEST_NAME}.gz").write_bytes(packed)
    with pytest.raises(ConfigError, match=r"manifest\.xml\.gz is no manifest"):
        BulkFolder(tmp_path)


def test_the_real_manifest_knows_where_papers_of_every_time_lie(tmp_path: Path, shared_data: Path) -> None:
    real = shared_data / "arxiv" / "manifest" / "arXiv_src_manifest-2020.xml.gz"
    (tmp_path / f"{MANIFEST_NAME}.gz").write_bytes(real.read_bytes())
    bulk = BulkFolder(tmp_path)
    places = {
        "2005.00600": "arXiv_src_2005_003.tar",
        "1501.00579": "arXiv_src_1501_001.tar",
        "0704.2480": "arXiv_src_0704_002.tar",
        "hep-lat/9107002": "arXiv_src_9107_001.tar",
        "cond-mat/0703748": "arXiv_src_0703_002.tar",
        "math.GT/0001136": "arXiv_src_0001_001.tar",
    }
    for arxiv_id, name in places.items():
        with pytest.raises(MissedError, match=f"^{name}, which "):
            bulk.find(arxiv_id)
    assert bulk.find("2005.99999") is None
    with pytest.raises(MissedError, match=r"lists no tar of 2006, the month of 2006\.00001"):
        bulk.find("2006.00001")


# --- ids and versions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arxiv_id", "item", "month"),
    [
        ("2610.00001", "2610.00001", "2610"),
        ("0704.0001", "0704.0001", "0704"),
        ("hep-th/9901001", "hep-th9901001", "9901"),
        ("math.GT/0309136", "math0309136", "0309"),
    ],
)
def test_ids_are_spelled_as_in_the_tars(arxiv_id: str, item: str, month: str) -> None:
    assert (bulk_item(arxiv_id), bulk_month(arxiv_id)) == (item, month)


def test_the_version_in_a_tar_is_the_latest_one_when_it_was_packed() -> None:
    times = {"1": "2026-10-05T10:00:00", "2": "2026-11-01T10:00:00", "3": "2026-11-20T10:00:00"}
    paper = Paper("2610.00001", 3, "T", "A", None, "math.AG", times["1"], times)
    assert version_at(paper, datetime(2026, 11, 5)) == 2
    assert version_at(paper, datetime(2026, 12, 5)) == 3
    # A clock that is off, and a plan that was made before versions had their times in it.
    assert version_at(paper, datetime(2026, 1, 1)) == 1
    assert version_at(Paper("2610.00001", 3, "T", "A", None, "math.AG", times["1"]), datetime(2026, 11, 5)) == 3


def test_a_paper_that_was_revised_after_packing_lands_as_the_version_in_the_tar(
    settings: CrawlerSettings, tmp_path: Path
) -> None:
    versions = "".join(
        f'<version version="v{number}"><date>{day} 2026 10:00:00 GMT</date></version>'
        for number, day in enumerate(["Mon, 5 Oct", "Fri, 20 Nov"], start=1)
    )
    spec = bulk_spec(settings, tmp_path, bulk_folder(tmp_path / "bulk", *two_tars()))
    run_spider(ArxivSpider, spec, lambda _: page(raw_record("2610.00001", versions)))
    (document,) = documents(spec)
    assert (document.url, document.revision) == ("https://arxiv.org/abs/2610.00001v1", "1")


def test_a_tar_whose_last_member_states_more_than_there_is_is_a_hole(tmp_path: Path) -> None:
    content = tar({"2610/2610.00001.gz": TEX, "2610/2610.00002.gz": TEX})
    at = content.rindex(b"2610/2610.00002.gz")
    header = content[at : at + 124] + b"\x80" + b"\xff" * 11 + content[at + 136 : at + 512]
    header = header[:148] + b"%06o\0 " % (sum(header[:148]) + 8 * 32 + sum(header[156:])) + header[156:]
    spoilt = content[:at] + header + content[at + 512 :]
    name, _, told = entry(1, {"2610/2610.00001.gz": TEX, "2610/2610.00002.gz": TEX})
    told = told.replace(
        hashlib.md5(content, usedforsecurity=False).hexdigest(), hashlib.md5(spoilt, usedforsecurity=False).hexdigest()
    )
    folder = bulk_folder(tmp_path / "bulk", (name, spoilt, told))
    with pytest.raises(MissedError, match="cannot be read as a tar"):
        BulkFolder(folder).find("2610.00002")

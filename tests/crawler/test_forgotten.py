"""What was forgotten does not land again: neither itself nor another revision at its address."""

from dataclasses import replace
from pathlib import Path

import pytest

from config import CrawlerSettings
from crawler.process import crawl
from crawler.reading import pack, without_forgotten
from crawler.reasons import Skipped
from crawler.spec import CrawlSpec
from storage.forgotten import Forgotten, address_hash, address_of
from storage.records import RawDocument
from tests.crawler.loopback import SINCE, UNTIL, Crawls, Origin, assert_balanced
from tests.crawler.test_github_crawl import COMMIT, serve_repositories
from tests.storage.builders import make

URL = f"https://github.com/owner/name/blob/{COMMIT}/a.py"


def raw(name: str, url: str) -> RawDocument:
    return make(RawDocument, document_id=name, source="github", url=url)


@pytest.mark.parametrize(
    ("source", "one", "other"),
    [
        ("arxiv", "https://arxiv.org/abs/2610.90004v1", "https://arxiv.org/abs/2610.90004v12"),
        ("arxiv", "https://arxiv.org/abs/2610.90004v1", "https://arxiv.org/abs/2610.90004"),
        ("github", URL, URL.replace(COMMIT, "f" * 40)),
        ("common_crawl", "https://example.org/page/", "https://example.org/page"),
    ],
)
def test_revisions_of_one_text_have_one_address(source, one, other):
    assert address_of(source, one) == address_of(source, other)
    assert address_hash(source, one) == address_hash(source, other)


@pytest.mark.parametrize(
    ("source", "one", "other"),
    [
        ("arxiv", "https://arxiv.org/abs/2610.90004v1", "https://arxiv.org/abs/2610.90005v1"),
        ("github", URL, URL.replace("a.py", "b.py")),
        ("common_crawl", "https://example.org/v1", "https://example.org/v2"),
    ],
)
def test_other_texts_have_other_addresses(source, one, other):
    assert address_hash(source, one) != address_hash(source, other)


def test_a_reading_loses_what_was_forgotten_and_says_so_by_a_hash():
    reading = pack([raw("one", "https://x/1"), raw("two", "https://x/2"), Skipped("link.py", "link")])
    forgotten = Forgotten(frozenset({"one"}))
    kept = without_forgotten(reading, forgotten)
    assert kept.document_ids == {"two"}
    assert kept.skipped == [Skipped("one", "forgotten"), Skipped("link.py", "link")]
    assert [item.document_id for item in kept.items() if isinstance(item, RawDocument)] == ["two"]


def test_another_revision_of_it_does_not_land_either():
    reading = pack([raw("later", URL.replace(COMMIT, "f" * 40))])
    forgotten = Forgotten(frozenset({"earlier"}), frozenset({address_hash("github", URL)}))
    assert without_forgotten(reading, forgotten).documents == b""


def test_a_reading_without_it_stays_as_it_is():
    reading = pack([raw("one", "https://x/1")])
    assert without_forgotten(reading, Forgotten(frozenset({"other"}))) is reading
    assert without_forgotten(reading, Forgotten()) is reading


def test_a_specification_carries_the_hashes_and_nothing_that_lands_depends_on_where(tmp_path, settings):
    spec = CrawlSpec("github", SINCE, UNTIL, tmp_path, 1, settings, Forgotten(frozenset("ab"), frozenset("c")))
    assert CrawlSpec.from_json(spec.to_json()) == spec
    assert spec.settings_hash == replace(spec, forgotten=Forgotten()).settings_hash


@pytest.mark.slow
def test_a_crawl_leaves_it_out_and_still_balances(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls, tmp_path: Path
) -> None:
    serve_repositories(origin, {"owner/name": {"a.py": b"x = 1\n", "b.py": b"canary = 2\n"}})
    crawls.run("github", settings)
    (meant,) = (document for document in crawls.documents("github") if document.title == "b.py")
    again = Crawls(tmp_path / "again")
    forgotten = Forgotten(frozenset({"earlier"}), frozenset({address_hash("github", meant.url)}))
    run = crawl(again.root, "github", SINCE, UNTIL, settings, again.progress.append, forgotten)
    assert [document.title for document in again.documents("github")] == ["a.py"]
    assert again.reasons("github")[meant.document_id] == "forgotten"
    assert run.is_complete
    assert_balanced(again.folder("github"))
    landed = [path for path in again.folder("github").rglob("*") if path.is_file()]
    assert not any(b"canary" in path.read_bytes() for path in landed)

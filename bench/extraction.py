"""Extraction beside plain trafilatura and resiliparse: F1 on two public sets, and pages per second.

`mixed_warc` reads every record of four excerpts of Common Crawl: ours as crawl and curation do, with their pre-filters;
beside it a plain loop that hands every HTML page to trafilatura. Rows whose target is 0 are for information.

    python -m bench.extraction [--quick] [--format table|csv]
    python -m bench.extraction --set-floor      pins the F1 of today, below which the tests fail
"""

import io
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import trafilatura
from fastwarc import ArchiveIterator, WarcRecordType
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import bytes_to_str, detect_encoding
from resiliparse.parse.html import HTMLTree

from bench.figures import Figure, best_seconds, more_is_better, run_bench
from bench.html_eval import DATA, SETS, Extractor, f1_of, read_pages
from config import ExtractionSettings, Settings, load_settings
from crawler.warc_frames import cut
from crawler.warc_pages import PageOrigin, read_frame
from curation.extract import extract, open_page
from curation.extract_web import extract_page, parse_page
from curation.outcomes import Extracted, Rejection
from curation.visible_text import visible_text
from storage.records import RawDocument

FLOORS = Path(__file__).with_name("extraction_floors.toml")
# Ours may be this share of trafilatura's default, as DESIGN §8 has it.
F1_TARGET = 0.998
MIXED_WARC_TARGET = 1.5
FOR_INFORMATION = 0.0
# Common Crawl's own records: 22 pages in English, 16 as they came, and two single ones.
WARC_FILES = (
    "dolma-sample-0000.warc.gz",
    "resiliparse-cc.warc.gz",
    "jwarc-cc-single.warc.gz",
    "whirlwind-cc-2024.warc.gz",
)


def figures(_is_quick: bool) -> Iterator[Figure]:
    """Measure every row; all of them take less than a minute."""
    settings = load_settings()
    yield _mixed_warc(settings)
    for name in SETS:
        yield from _of_set(name, settings.curation.extraction)


def main_text(content: bytes, settings: ExtractionSettings) -> str | None:
    """Read a page as curation does, without the pre-filters: what they turn away has no F1."""
    page = parse_page(content, "text/html")
    if page is None:
        return None
    extracted = extract_page(page, visible_text(page), settings)
    return extracted.text if isinstance(extracted, Extracted) else None


def set_floors() -> None:
    """Write down the F1 of today."""
    settings = load_settings().curation.extraction
    lines = [
        "# F1 of the web path on the sets of html_eval, written by `python -m bench.extraction --set-floor` alone."
    ]
    for name in (*SETS, "non_utf8"):
        f1 = f1_of(read_pages(name), lambda content: main_text(content, settings))
        lines.append(f"{name} = {f1:.4f}")
    FLOORS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_floors() -> dict[str, float]:
    """Return the F1 that was written down for each set."""
    return {name: float(f1) for name, f1 in tomllib.loads(FLOORS.read_text(encoding="utf-8")).items()}


def _of_set(name: str, settings: ExtractionSettings) -> Iterator[Figure]:
    pages = read_pages(name)
    readers: tuple[Extractor, ...] = (lambda content: main_text(content, settings), trafilatura.extract, _resiliparse)
    f1s = [f1_of(pages, reader) for reader in readers]
    seconds = best_seconds(*(_reading([page.content for page in pages], reader) for reader in readers))
    rates = [len(pages) / each for each in seconds]
    yield more_is_better(f"f1_{name}", "F1", f1s[0], "trafilatura default", f1s[1], F1_TARGET)
    yield more_is_better(f"f1_{name}_vs_resiliparse", "F1", f1s[0], "resiliparse", f1s[2], FOR_INFORMATION)
    yield more_is_better(f"pages_{name}", "pages/s", rates[0], "trafilatura default", rates[1], FOR_INFORMATION)
    yield more_is_better(f"pages_{name}_vs_resiliparse", "pages/s", rates[0], "resiliparse", rates[2], FOR_INFORMATION)


def _mixed_warc(settings: Settings) -> Figure:
    files = [(DATA / "commoncrawl" / "warc" / name).read_bytes() for name in WARC_FILES]
    page_count = sum(1 for file in files for _ in _html_pages(file))
    ours, plain = best_seconds(
        lambda: [text for file in files for text in _curated(file, settings)],
        lambda: [trafilatura.extract(content) for file in files for content in _html_pages(file)],
    )
    return more_is_better(
        "mixed_warc", "pages/s", page_count / ours, "trafilatura loop", page_count / plain, MIXED_WARC_TARGET
    )


def _curated(file: bytes, settings: Settings) -> Iterator[Extracted | Rejection]:
    """Yield what crawl and curation make of the pages that pass the crawl's own pre-filters."""
    crawling, origin = settings.crawler.common_crawl, PageOrigin("file", "unit", "run")
    for position, frame in enumerate(cut(file, 0, is_end=True, max_bytes=crawling.max_record_bytes).frames):
        raw = read_frame(frame, position, origin, crawling)
        if isinstance(raw, RawDocument):
            yield extract(raw, open_page(raw), settings.curation)


def _html_pages(file: bytes) -> Iterator[bytes]:
    """Yield what a plain loop would: the body of every HTML page that was there."""
    for record in ArchiveIterator(io.BytesIO(file), record_types=WarcRecordType.response, parse_http=True):
        headers = record.http_headers
        if headers is not None and headers.status_code == 200 and "html" in (record.http_content_type or ""):
            yield record.reader.read()


def _resiliparse(content: bytes) -> str | None:
    """Read a page as trafilatura's own comparison has resiliparse do (tests/evaluate.py)."""
    tree = HTMLTree.parse(bytes_to_str(content, detect_encoding(content) or "utf-8"))
    return str(extract_plain_text(tree, main_content=True))


def _reading(contents: Sequence[bytes], read: Extractor) -> Callable[[], object]:
    return lambda: [read(content) for content in contents]


if __name__ == "__main__":
    if sys.argv[1:] == ["--set-floor"]:
        set_floors()
    else:
        sys.exit(run_bench(figures, __doc__ or "", sys.argv[1:]))

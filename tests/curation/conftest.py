"""Landed documents, a window and settings for the curation tests."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from config import CurationSettings, load_settings
from curation.context import CurationContext
from storage.parquet import write_records
from storage.records import Document, RawDocument, content_id, text_sha256

MakeRaw = Callable[..., RawDocument]


@pytest.fixture(scope="session")
def settings() -> CurationSettings:
    return load_settings().curation


@pytest.fixture
def context(settings: CurationSettings) -> CurationContext:
    return CurationContext("2026-10", date(2026, 10, 1), date(2026, 11, 1), settings)


@pytest.fixture
def change(context: CurationContext) -> Callable[..., CurationContext]:
    """Return a context whose settings of one section are changed."""

    def changed(section: str, **values: Any) -> CurationContext:
        part = getattr(context.settings, section).model_copy(update=values)
        return replace(context, settings=context.settings.model_copy(update={section: part}))

    return changed


@pytest.fixture
def make_raw() -> MakeRaw:
    """Return a maker of landed documents that were published inside the window, unless told otherwise."""

    def raw(source: str, name: str, content: bytes | str, **changes: Any) -> RawDocument:
        body = content.encode() if isinstance(content, str) else content
        dates: dict[str, datetime | None] = {
            "repository_created_at": datetime(2026, 10, 3) if source == "github" else None,
            "commit_authored_at": datetime(2026, 10, 4) if source == "github" else None,
            "arxiv_v1_at": datetime(2026, 10, 5) if source == "arxiv" else None,
            "last_modified_at": None,
        }
        url = f"https://example.org/{name}"
        values = {
            "document_id": content_id(source, url, "1"),
            "source": source,
            "url": url,
            "revision": "1",
            "unit": "unit",
            "position": 0,
            "fetched_at": datetime(2026, 11, 5, 12),
            "content_type": "text/html" if source == "common_crawl" else "application/octet-stream",
            "content": body,
            "title": None,
            "licence": None,
            "locator": f"test:{name}",
            "cluster_key": "example.org",
            "crawl_run_id": "run",
            **dates,
        }
        return RawDocument(**(values | changes))

    return raw


@pytest.fixture
def land(tmp_path: Path) -> Callable[..., list[Path]]:
    """Return a writer of landing files, one per list of documents, as the crawlers leave them."""

    def landed(*units: list[RawDocument], source: str = "github") -> list[Path]:
        folder = tmp_path / "landing" / source / "2026-10-01_2026-11-01"
        paths = [folder / f"{ordinal:06d}.parquet" for ordinal in range(len(units))]
        for path, unit in zip(paths, units, strict=True):
            write_records(path, unit, RawDocument)
        return paths

    return landed


@pytest.fixture
def make_document() -> Callable[..., Document]:
    """Return a maker of extracted documents."""

    def document(document_id: str, text: str, **changes: Any) -> Document:
        values = {
            "document_id": document_id,
            "text_sha256": text_sha256(text),
            "source": "github",
            "kind": "source_file",
            "language": None,
            "title": None,
            "text": text,
            "char_count": len(text),
            "byte_count": len(text.encode()),
            "extractor": "source",
            "extractor_version": "1",
            "url": f"https://example.org/{document_id}",
            "revision": "1",
            "unit": f"owner/{document_id}",
            "position": 0,
            "fetched_at": datetime(2026, 11, 5),
            "crawl_run_id": "run",
            "licence": None,
            "locator": "test:",
            "cluster_key": "example.org",
            "published_at": datetime(2026, 10, 5),
            "freshness_grade": "A",
            "masked_count": 0,
        }
        return Document(**(values | changes))

    return document

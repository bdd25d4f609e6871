"""Common Crawl's side of the origin: the list of crawls, the list of WARC files of one, and the files by range."""

import gzip
import re
from collections.abc import Iterable

from demo.answers import NOT_FOUND, Answer, as_json
from demo.records import Crawl


def list_crawls(crawls: Iterable[Crawl], base_url: str) -> Answer:
    """Answer `GET /collinfo.json`: newest first, as Common Crawl has it."""
    newest_first = sorted(crawls, key=lambda crawl: crawl.finished_at, reverse=True)
    return as_json(
        [
            {
                "id": crawl.crawl_id,
                "name": crawl.name,
                "timegate": f"{base_url}/{crawl.crawl_id}/",
                "cdx-api": f"{base_url}/{crawl.crawl_id}-index",
                "from": crawl.started_at.isoformat(timespec="seconds"),
                "to": crawl.finished_at.isoformat(timespec="seconds"),
            }
            for crawl in newest_first
        ]
    )


def send_data(crawls: Iterable[Crawl], path: str, byte_range: str | None) -> Answer:
    """Answer a path under the data host: `warc.paths.gz` of a crawl, or a WARC file, whole or one range of it."""
    for crawl in crawls:
        if path == f"crawl-data/{crawl.crawl_id}/warc.paths.gz":
            lines = "".join(f"{name}\n" for name in crawl.warc_files)
            return _ranged(gzip.compress(lines.encode(), mtime=0), byte_range)
        if path in crawl.warc_files:
            return _ranged(crawl.warc_files[path], byte_range)
    return NOT_FOUND


def _ranged(content: bytes, byte_range: str | None) -> Answer:
    """Cut out what `Range` asks for; an absent, malformed or multiple range means the whole (RFC 9110, 14.2)."""
    accepts = ("Accept-Ranges", "bytes")
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", byte_range or "")
    if match is None or match.groups() == ("", ""):
        return Answer(200, content, (accepts,), "application/gzip")
    first_text, last_text = match.groups()
    first = int(first_text) if first_text else max(0, len(content) - int(last_text))
    last = min(int(last_text) if first_text and last_text else len(content) - 1, len(content) - 1)
    if first >= len(content) or first > last:
        return Answer(416, b"", (accepts, ("Content-Range", f"bytes */{len(content)}")))
    header = ("Content-Range", f"bytes {first}-{last}/{len(content)}")
    return Answer(206, content[first : last + 1], (accepts, header), "application/gzip")

"""arXiv: papers whose first version was submitted in the window, listed over OAI-PMH, their sources as e-prints.

One request at a time with the pause arXiv's terms ask for, and its programmatic hosts only. E-prints are asked for one
after another, or read from the monthly source tars where the operator has them.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from config import ArxivSettings
from crawler.arxiv_bulk import BulkFolder
from crawler.damage import is_damaged_archive, unless_constant
from crawler.denial_page import tells_denial
from crawler.eprint import is_html, recognise
from crawler.oai import OaiPage, Paper, is_mended, read_page, without_moment
from crawler.oai_list import Found, merge, read_list
from crawler.patience import Answer, MissedError
from crawler.reasons import Skipped
from crawler.spider import WindowSpider
from storage.errors import CrawlError
from storage.records import RawDocument, content_id, utc_now

_MAX_PAGE_BYTES = 100_000_000
# TeX packs fourfold, and what unpacks to more than this is not looked through for damage.
_UNPACKED_ARCHIVES = 8


class ArxivSpider(WindowSpider):
    """List, plan, then one e-print after another."""

    name = "arxiv"
    _web_page_of: str | None = None

    @property
    def settings_here(self) -> ArxivSettings:
        """Return `[crawler.arxiv]`."""
        return self.spec.settings.arxiv

    async def crawl(self) -> None:
        """List, plan, and then obtain, recognise and land paper after paper."""
        # A folder that cannot be used is told before anything is asked of arXiv.
        bulk = BulkFolder(Path(self.settings_here.bulk_dir).expanduser()) if self.settings_here.bulk_dir else None
        if not self.logbook.plan:
            await self._plan()
        for ordinal, entry in self.logbook.outstanding():
            paper = Paper(**entry)
            try:
                item = self._take_from_bulk(paper, bulk) if bulk else await self._fetch(paper)
            except MissedError as error:
                self.logbook.miss(paper.unit, str(error), is_denial=error.is_denial)
            else:
                self.logbook.settle(paper.unit, ordinal, [item])

    async def _fetch(self, paper: Paper) -> RawDocument | Skipped:
        url = f"{self.settings_here.source_url.rstrip('/')}/{_item(paper)}"
        limit, retry_count = self.settings_here.max_archive_bytes, self.spec.settings.retry_count
        usable = unless_constant(lambda body: _is_damaged(body, limit), retry_count)
        answer = await self.patience.fetch(url, slot="all", max_bytes=limit, usable=usable)
        if answer.refusal:
            return Skipped(_item(paper), answer.refusal, answer.measured_value, answer.limit_value)
        self._refuse_web_page(url, paper, answer)
        return self._judge(paper, answer.body)

    def _refuse_web_page(self, url: str, paper: Paper, answer: Answer) -> None:
        """Raise when the answer is a page about us and no e-print.

        A page may deny in words nobody has foreseen. E-prints come packed, and hardly any is HTML, so a second bare
        page in a row is believed to be none either. Neither speaks of this one paper: three in a row end the crawl.
        """
        if tells_denial(answer.body):
            raise MissedError(f"{url} answered {answer.status} with a page that denies access")
        before, self._web_page_of = self._web_page_of, _item(paper) if is_html(answer.body) else None
        if before and self._web_page_of:
            raise MissedError(f"{url} answered {answer.status} with a web page, as for {before}")

    def _take_from_bulk(self, paper: Paper, bulk: BulkFolder) -> RawDocument | Skipped:
        member = bulk.find(paper.unit)
        if member is None:
            return Skipped(_item(paper), "not_in_bulk")
        paper = replace(paper, version=version_at(paper, member.tar.packed_at))
        limit = self.settings_here.max_archive_bytes
        if member.byte_count > limit:
            return Skipped(_item(paper), "too_large", str(member.byte_count), str(limit))
        return self._judge(paper, bulk.read(member), {"tar": member.tar.name, "member": member.name})

    def _judge(self, paper: Paper, body: bytes, place: Mapping[str, str] | None = None) -> RawDocument | Skipped:
        """Return what lands, or why it does not. `place` says where the bytes lie when not behind the address."""
        eprint = recognise(body)
        if eprint.content_type is None:
            assert eprint.reason is not None
            return Skipped(_item(paper), eprint.reason, eprint.measured_value)
        return _document(paper, body, eprint.content_type, self.spec.crawl_run_id, place or {})

    async def _plan(self) -> None:
        """List every set; a record that several sets or pages show counts once."""
        found: Found = {}
        for oai_set in self.settings_here.sets:
            merge(found, await self._list_set(oai_set, len(found)))
        papers = {paper.unit: paper for paper in found.values() if isinstance(paper, Paper)}
        self.logbook.write_plan(
            [asdict(paper) for paper in papers.values()], [item for item in found.values() if isinstance(item, Skipped)]
        )

    async def _list_set(self, oai_set: str, found_before: int) -> Found:
        async def fetch_page(url: str, found_count: int) -> OaiPage:
            self.logbook.report(f"listing set {oai_set}, {found_before + found_count} records")
            return await self._fetch_page(url)

        return await read_list(oai_set, fetch_page, self.settings_here, self.spec.since, self.spec.until)

    async def _fetch_page(self, url: str) -> OaiPage:
        damage = unless_constant(is_mended, self.spec.settings.retry_count, without_moment)
        answer = await self.patience.fetch(
            url,
            slot="all",
            max_bytes=_MAX_PAGE_BYTES,
            as_stored=False,
            usable=lambda answer: _list_fault(answer.body) or damage(answer),
        )
        page = read_page(answer.body)
        if answer.refusal or page is None:
            raise CrawlError(self.logbook.sentence(f"{self.settings_here.oai_url} has no list ({answer.refusal})"))
        return page


def version_at(paper: Paper, moment: datetime) -> int:
    """Return which version was the latest one at a moment: all that is known of the sources in a bulk tar."""
    earlier = [int(number) for number, at in paper.versions_at.items() if datetime.fromisoformat(at) <= moment]
    return max(earlier, default=1 if paper.versions_at else paper.version)


def _list_fault(body: bytes) -> str | None:
    if read_page(body):
        return None
    return "answered with a page that denies access" if tells_denial(body) else "answered something that is no OAI-PMH"


def _is_damaged(body: bytes, max_archive_bytes: int) -> bool:
    eprint = recognise(body)
    is_unknown = eprint.reason == "unreadable_archive" or (eprint.measured_value or "").startswith("unknown")
    return is_unknown or is_damaged_archive(body, _UNPACKED_ARCHIVES * max_archive_bytes)


def _item(paper: Paper) -> str:
    return f"{paper.unit}v{paper.version}"


def _document(paper: Paper, body: bytes, content_type: str, crawl_run_id: str, place: Mapping[str, str]) -> RawDocument:
    url = f"https://arxiv.org/abs/{_item(paper)}"
    return RawDocument(
        document_id=content_id("arxiv", url, str(paper.version)),
        source="arxiv",
        url=url,
        revision=str(paper.version),
        unit=paper.unit,
        position=0,
        fetched_at=utc_now(),
        content_type=content_type,
        content=body,
        title=paper.title or None,
        licence=paper.licence,
        locator=f"arxiv:{paper.unit}?{urlencode({'version': paper.version, **place})}",
        cluster_key=paper.first_author,
        repository_created_at=None,
        commit_authored_at=None,
        arxiv_v1_at=datetime.fromisoformat(paper.v1_at),
        last_modified_at=None,
        crawl_run_id=crawl_run_id,
    )

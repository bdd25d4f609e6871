"""arXiv: papers whose first version was submitted in the window, listed over OAI-PMH, their sources as e-prints.

One request at a time with the pause arXiv's terms ask for, and its programmatic hosts only.
"""

from dataclasses import asdict
from datetime import datetime
from urllib.parse import urlencode

from config import ArxivSettings
from crawler.eprint import recognise
from crawler.oai import OaiPage, Paper, list_url, next_url, read_page, read_records
from crawler.patience import Answer, MissedError
from crawler.reasons import Skipped
from crawler.spider import WindowSpider
from storage.errors import CrawlError
from storage.records import RawDocument, content_id, utc_now

_MAX_PAGE_BYTES = 100_000_000


class ArxivSpider(WindowSpider):
    """List, plan, then one e-print after another."""

    name = "arxiv"

    @property
    def settings_here(self) -> ArxivSettings:
        """Return `[crawler.arxiv]`."""
        return self.spec.settings.arxiv

    async def crawl(self) -> None:
        """List, plan, and then fetch, recognise and land paper after paper."""
        if not self.logbook.plan:
            await self._plan()
        for ordinal, entry in self.logbook.outstanding():
            paper = Paper(**entry)
            try:
                answer = await self._fetch_eprint(paper)
            except MissedError as error:
                self.logbook.miss(paper.unit, str(error), is_denial=error.is_denial)
            else:
                self.logbook.settle(paper.unit, ordinal, [self._judge(paper, answer)])

    async def _fetch_eprint(self, paper: Paper) -> Answer:
        url = f"{self.settings_here.source_url.rstrip('/')}/{paper.unit}v{paper.version}"
        return await self.patience.fetch(url, slot="all", max_bytes=self.settings_here.max_archive_bytes)

    def _judge(self, paper: Paper, answer: Answer) -> RawDocument | Skipped:
        item = f"{paper.unit}v{paper.version}"
        if answer.refusal:
            return Skipped(item, answer.refusal, answer.measured_value, answer.limit_value)
        eprint = recognise(answer.body)
        if eprint.content_type is None:
            assert eprint.reason is not None
            return Skipped(item, eprint.reason, eprint.measured_value)
        return _document(paper, answer.body, eprint.content_type, self.spec.crawl_run_id)

    async def _plan(self) -> None:
        """List every set; a record that several sets or pages show counts once."""
        found: dict[str, Paper | Skipped] = {}
        for oai_set in self.settings_here.sets:
            if not await self._list_set(oai_set, found) and not await self._list_set(oai_set, found):
                raise CrawlError(
                    self.logbook.sentence(f"the list of set {oai_set} was cut off twice by an expired resumption token")
                )
        papers = {paper.unit: paper for paper in found.values() if isinstance(paper, Paper)}
        self.logbook.write_plan(
            [asdict(paper) for paper in papers.values()], [item for item in found.values() if isinstance(item, Skipped)]
        )

    async def _list_set(self, oai_set: str, found: dict[str, Paper | Skipped]) -> bool:
        """Read one set to its end; False when a token expired on the way and the list must begin again."""
        url: str | None = list_url(self.settings_here.oai_url, oai_set, self.spec.since)
        tokens: set[str] = set()
        while url:
            page = await self._fetch_page(url, oai_set, len(found))
            if page.error_code == "noRecordsMatch":
                return True
            if page.error_code == "badResumptionToken":
                return False
            if page.error_code:
                raise CrawlError(self.logbook.sentence(f"OAI-PMH error {page.error_code}: {page.error_text}"))
            found.update(read_records(page, self.spec.since, self.spec.until, self.settings_here.primary_categories))
            token = page.resumption_token
            if token in tokens:
                # A token that comes again would go round for ever.
                return False
            tokens.add(token or "")
            url = next_url(self.settings_here.oai_url, token) if token else None
        return True

    async def _fetch_page(self, url: str, oai_set: str, found_count: int) -> OaiPage:
        self.logbook.report(f"listing set {oai_set}, {found_count} records")
        answer = await self.patience.fetch(
            url,
            slot="all",
            max_bytes=_MAX_PAGE_BYTES,
            as_stored=False,
            usable=lambda answer: None if read_page(answer.body) else "answered something that is no OAI-PMH",
        )
        page = read_page(answer.body)
        if answer.refusal or page is None:
            raise CrawlError(self.logbook.sentence(f"{self.settings_here.oai_url} has no list ({answer.refusal})"))
        return page


def _document(paper: Paper, body: bytes, content_type: str, crawl_run_id: str) -> RawDocument:
    url = f"https://arxiv.org/abs/{paper.unit}v{paper.version}"
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
        locator=f"arxiv:{paper.unit}?{urlencode({'version': paper.version})}",
        cluster_key=paper.first_author,
        repository_created_at=None,
        commit_authored_at=None,
        arxiv_v1_at=datetime.fromisoformat(paper.v1_at),
        last_modified_at=None,
        crawl_run_id=crawl_run_id,
    )

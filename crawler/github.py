"""GitHub: repositories created in the window, one tarball each at one commit, their source files.

Uses the REST search and the tarball endpoint. A token raises the limits and is sent to the API only.
"""

from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from config import GithubSettings
from crawler.damage import unless_constant
from crawler.github_search import (
    MAX_PAGES,
    MAX_RESULTS,
    Instants,
    Repository,
    SearchPage,
    identity,
    read_item,
    read_page,
    search_url,
    tarball_url,
)
from crawler.github_token import read_token
from crawler.patience import MissedError
from crawler.reasons import Skipped
from crawler.spider import WindowSpider
from crawler.tarball import read_tarball
from storage.errors import CrawlError
from storage.records import utc_now

_MAX_PAGE_BYTES = 50_000_000
# Pages shift while they are read, and searches time out: what comes short or incomplete is asked for this often.
_READINGS = 3
# What the search counts and does not show in a window this short it never shows; only too many can still be parted.
_SHORTEST_WINDOW = timedelta(hours=1)


class GithubSpider(WindowSpider):
    """Search, plan, then one tarball after another."""

    name = "github"

    @property
    def settings_here(self) -> GithubSettings:
        """Return `[crawler.github]`."""
        return self.spec.settings.github

    async def crawl(self) -> None:
        """List, plan, and then fetch, parse and land repository after repository."""
        if not self.logbook.plan:
            await self._plan()
        for ordinal, entry in self.logbook.outstanding():
            repository = Repository(**entry)
            try:
                items = await self._fetch_files(repository)
            except MissedError as error:
                self.logbook.miss(repository.unit, str(error), is_denial=error.is_denial)
            else:
                self.logbook.settle(repository.unit, ordinal, items)

    async def _fetch_files(self, repository: Repository) -> list[Any]:
        items: list[Any] = []

        def is_damaged(body: bytes) -> bool:
            run_id = self.spec.crawl_run_id
            items[:] = read_tarball(body, repository, self.settings_here, crawl_run_id=run_id, fetched_at=utc_now())
            return any(isinstance(item, Skipped) and item.reason == "unreadable_archive" for item in items)

        answer = await self.patience.fetch(
            tarball_url(self.settings_here.api_url, repository),
            slot="archive",
            max_bytes=self.settings_here.max_archive_bytes,
            headers=_authorization(),
            usable=unless_constant(is_damaged, self.spec.settings.retry_count),
        )
        if answer.refusal:
            return [Skipped(repository.unit, answer.refusal, answer.measured_value, answer.limit_value)]
        return items

    async def _plan(self) -> None:
        repositories: dict[str, Repository] = {}
        skipped: dict[str, Skipped] = {}
        instants = Instants.of_window(self.spec.since, self.spec.until)
        for language in self.settings_here.languages:
            async for found in self._search(language, instants):
                if isinstance(found, Repository):
                    repositories[found.unit] = found
                else:
                    skipped[found.item] = found
        # The search may give one item twice, at first with other fields: a repository that is taken is taken.
        listing = [skip for name, skip in skipped.items() if name not in repositories]
        self.logbook.write_plan([asdict(repository) for repository in repositories.values()], listing)

    async def _search(
        self, language: str, instants: Instants, first: SearchPage | None = None
    ) -> AsyncIterator[Repository | Skipped]:
        """Yield what was created in the window, halving it until the search shows all of it."""
        first = first or await self._fetch_page(language, instants, number=1)
        items, is_whole = await self._read_window(language, instants, first)
        if not is_whole:
            halves = await self._halve(language, instants, first)
            for half, page in halves:
                async for found in self._search(language, half, page):
                    yield found
            if halves:
                return
            if first.is_partial:
                items, _ = await self._read_pages(language, instants, first)
        for item in items.values():
            yield read_item(item, instants, self.settings_here)
        if not is_whole:
            counted = f"at least {first.total_count}" if first.is_incomplete else str(first.total_count)
            yield Skipped(f"{language} {instants}", "listed_short", str(len(items)), counted)

    async def _halve(self, language: str, instants: Instants, first: SearchPage) -> list[tuple[Instants, SearchPage]]:
        """Return both halves of a window with their first pages, or nothing where halving leads nowhere."""
        is_short = instants.last - instants.first < _SHORTEST_WINDOW
        halves = () if is_short and first.total_count <= MAX_RESULTS else instants.halves() or ()
        found = [(half, await self._fetch_page(language, half, number=1)) for half in halves]
        # A server that ignores the window says of each half what it says of the whole.
        whole = (first.total_count, first.is_incomplete)
        return [] if all((page.total_count, page.is_incomplete) == whole for _, page in found) else found

    async def _read_window(self, language: str, instants: Instants, first: SearchPage) -> tuple[dict[Any, Any], bool]:
        """Return every item of one window once, and whether these are all; nothing where there are too many."""
        items: dict[Any, Any] = {}
        for reading in range(0 if first.is_partial else _READINGS):
            page = await self._fetch_page(language, instants, number=1) if reading else first
            shown, is_complete = await self._read_pages(language, instants, page)
            items |= shown
            if is_complete and len(items) >= page.total_count:
                return items, True
        return items, False

    async def _read_pages(self, language: str, instants: Instants, page: SearchPage) -> tuple[dict[Any, Any], bool]:
        """Return the items of this page and of those after it, and whether each page was complete."""
        items = {identity(item): item for item in page.items}
        is_complete = not page.is_incomplete
        for number in range(2, MAX_PAGES + 1):
            if len(items) >= page.total_count:
                break
            page = await self._fetch_page(language, instants, number)
            is_complete = is_complete and not page.is_incomplete
            shown = {identity(item): item for item in page.items}
            if shown.keys() <= items.keys():
                break
            items |= shown
        return items, is_complete

    async def _fetch_page(self, language: str, instants: Instants, number: int) -> SearchPage:
        """Return one page, asked for again while it is incomplete."""
        for _ in range(_READINGS):
            page = await self._ask_for_page(language, instants, number)
            if not page.is_incomplete:
                break
        return page

    async def _ask_for_page(self, language: str, instants: Instants, number: int) -> SearchPage:
        self.logbook.report(f"searching {language} {instants}, page {number}")
        answer = await self.patience.fetch(
            search_url(self.settings_here.api_url, language, instants, self.settings_here, number),
            slot="search",
            max_bytes=_MAX_PAGE_BYTES,
            headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28", **_authorization()},
            as_stored=False,
            is_kept=True,
            usable=lambda answer: None if read_page(answer.body) else "answered something that is no search result",
        )
        found = read_page(answer.body)
        if answer.refusal or found is None:
            raise CrawlError(self.logbook.sentence(f"{self.settings_here.api_url} has no search ({answer.refusal})"))
        return found


def _authorization() -> dict[str, str]:
    token = read_token()
    return {"Authorization": f"Bearer {token}"} if token else {}

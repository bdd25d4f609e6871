"""GitHub: repositories created in the window, one tarball each at one commit, their source files.

Uses the REST search and the tarball endpoint. A token is read from GITHUB_TOKEN and raises the limits; it is
sent to the API only and kept nowhere.
"""

import os
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from config import GithubSettings
from crawler.github_search import (
    MAX_RESULTS,
    Instants,
    Repository,
    SearchPage,
    read_item,
    read_page,
    search_url,
    tarball_url,
)
from crawler.logbook import utc_now
from crawler.patience import MissedError
from crawler.reasons import Skipped
from crawler.spider import WindowSpider
from crawler.tarball import read_tarball
from storage.errors import CrawlError

_MAX_PAGE_BYTES = 50_000_000
# Pages shift while they are read; a window that lists fewer than it counts is read again this often.
_READINGS = 3


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
                self.logbook.miss(repository.unit, str(error))
            else:
                self.logbook.settle(repository.unit, ordinal, items)

    async def _fetch_files(self, repository: Repository) -> list[Any]:
        answer = await self.patience.fetch(
            tarball_url(self.settings_here.api_url, repository),
            slot="archive",
            max_bytes=self.settings_here.max_archive_bytes,
            headers=_authorization(),
        )
        if answer.refusal:
            return [Skipped(repository.unit, answer.refusal, answer.measured_value, answer.limit_value)]
        return read_tarball(
            answer.body,
            repository,
            self.settings_here,
            crawl_run_id=self.spec.crawl_run_id,
            fetched_at=utc_now(),
        )

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

    async def _search(self, language: str, instants: Instants) -> AsyncIterator[Repository | Skipped]:
        """Yield what was created in the window, halving it until the search shows all of it."""
        first = await self._fetch_page(language, instants, page=1)
        if first.total_count > MAX_RESULTS or first.is_incomplete:
            halves = instants.halves()
            if halves is None:
                raise CrawlError(
                    self.logbook.sentence(
                        f"the search counts {first.total_count} repositories created at {instants.first.isoformat()}Z "
                        f"and shows {MAX_RESULTS} at most (raise min_stars or name licences)"
                    )
                )
            for half in halves:
                async for found in self._search(language, half):
                    yield found
            return
        items = await self._read_window(language, instants, first)
        for item in items:
            yield read_item(item, instants, self.settings_here)
        if len(items) < first.total_count:
            yield Skipped(f"{language} {instants}", "listed_short", str(len(items)), str(first.total_count))

    async def _read_window(self, language: str, instants: Instants, first: SearchPage) -> list[Any]:
        """Return every item of one window once."""
        items: dict[Any, Any] = {}
        page = first
        for reading in range(_READINGS):
            number, shown = 1, 0
            while page.items and shown < MAX_RESULTS:
                items.update((_identity(item), item) for item in page.items)
                shown += len(page.items)
                if shown >= page.total_count:
                    break
                number += 1
                page = await self._fetch_page(language, instants, number)
            if len(items) >= first.total_count or reading + 1 == _READINGS:
                break
            page = await self._fetch_page(language, instants, page=1)
        return list(items.values())

    async def _fetch_page(self, language: str, instants: Instants, page: int) -> SearchPage:
        self.logbook.report(f"searching {language} {instants}, page {page}")
        answer = await self.patience.fetch(
            search_url(self.settings_here.api_url, language, instants, self.settings_here, page),
            slot="search",
            max_bytes=_MAX_PAGE_BYTES,
            headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28", **_authorization()},
            as_stored=False,
            usable=lambda answer: None if read_page(answer.body) else "answered something that is no search result",
        )
        found = read_page(answer.body)
        if answer.refusal or found is None:
            raise CrawlError(self.logbook.sentence(f"{self.settings_here.api_url} has no search ({answer.refusal})"))
        return found


def _identity(item: Any) -> Any:
    return item.get("id", item.get("full_name")) if isinstance(item, dict) else repr(item)


def _authorization() -> dict[str, str]:
    token = os.environ.get("GITHUB_TOKEN", "").strip()
    return {"Authorization": f"Bearer {token}"} if token else {}

"""GitHub's repository search: windows of creation instants, queries, and a check of what it answers.

The search shows at most 1,000 results of one query and may give up half-way (`incomplete_results`); then the
window is halved. Both ends of a window are inside it, to the second, as the search reads them.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from config import GithubSettings
from crawler.reasons import Skipped, spelled

# "The GitHub Search API provides up to 1,000 results for each search" (REST API, Search).
MAX_RESULTS = 1000
_PAGE_RESULTS = 100
MAX_PAGES = MAX_RESULTS // _PAGE_RESULTS
_SECOND = timedelta(seconds=1)
_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:-]{1,250}/[!-~]{1,500}")
# Neither part may be "." or "..", which would lead elsewhere in an address.
_FULL_NAME = re.compile(r"(?!\.{1,2}/)[A-Za-z0-9._-]{1,100}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_SPDX_ID = re.compile(r"[A-Za-z0-9.+-]{1,100}")
# Git keeps the names of branches in file names.
_MAX_BRANCH_CHARS = 250


@dataclass(frozen=True, slots=True)
class Instants:
    """Creation times from `first` to `last`, both inside, in whole seconds UTC."""

    first: datetime
    last: datetime

    @classmethod
    def of_window(cls, since: date, until: date) -> "Instants":
        """Return the instants of a half-open window of days."""
        return cls(datetime(since.year, since.month, since.day), datetime(until.year, until.month, until.day) - _SECOND)

    def halves(self) -> "tuple[Instants, Instants] | None":
        """Return two windows that share nothing and leave nothing out, or None for a single second."""
        if self.first >= self.last:
            return None
        middle = self.first + (self.last - self.first) // (2 * _SECOND) * _SECOND
        return Instants(self.first, middle), Instants(middle + _SECOND, self.last)

    def __str__(self) -> str:
        return f"{self.first.isoformat()}Z..{self.last.isoformat()}Z"


@dataclass(frozen=True, slots=True)
class Repository:
    """One planned repository, as the search described it. `unit` is its full name."""

    unit: str
    html_url: str
    default_branch: str | None
    created_at: str
    licence: str | None
    stars: int | None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of the search."""

    total_count: int
    is_incomplete: bool
    items: list[Any]

    @property
    def is_partial(self) -> bool:
        """Whether the window has more than the search shows of it."""
        return self.is_incomplete or self.total_count > MAX_RESULTS


def search_url(api_url: str, language: str, instants: Instants, settings: GithubSettings, page: int) -> str:
    """Return the address of one page of results."""
    spelled = f'"{language}"' if " " in language else language
    query = f"language:{spelled} created:{instants} fork:false archived:false stars:>={settings.min_stars}"
    # Sorted by stars only because an order must be named: every page of a window is read.
    values = {"q": query, "sort": "stars", "order": "desc", "per_page": _PAGE_RESULTS, "page": page}
    return f"{api_url.rstrip('/')}/search/repositories?{urlencode(values, quote_via=quote)}"


def tarball_url(api_url: str, repository: Repository) -> str:
    """Return the address that redirects to the tarball of the default branch, which needs no name."""
    branch = f"/{quote(repository.default_branch)}" if repository.default_branch else ""
    return f"{api_url.rstrip('/')}/repos/{repository.unit}/tarball{branch}"


def read_page(body: bytes) -> SearchPage | None:
    """Return one page of results, or None when the answer is none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    count, items = (answer.get("total_count"), answer.get("items")) if isinstance(answer, dict) else (None, None)
    # True is a number to Python and a text or a mapping a list of its parts; none of them is a page.
    if type(count) is not int or count < 0 or not isinstance(items, list):
        return None
    return SearchPage(count, bool(answer.get("incomplete_results", False)), items)


def identity(item: Any) -> int | str:
    """Return what an item is known by on every page: its number, else its name, else all that it says."""
    named = (item.get("id"), item.get("full_name")) if isinstance(item, Mapping) else ()
    return next((value for value in named if type(value) in (int, str) and value), None) or spelled(item)


def read_item(item: Any, instants: Instants, settings: GithubSettings) -> Repository | Skipped:
    """Return the repository, or why it is not taken: the server's word is checked, not believed."""
    full_name = item.get("full_name") if isinstance(item, Mapping) else None
    name = full_name if isinstance(full_name, str) and full_name else str(identity(item))
    repository = _repository(item) if isinstance(item, Mapping) else None
    if repository is None:
        return Skipped(name, "malformed_item")
    created_at = datetime.fromisoformat(repository.created_at)
    if item.get("fork"):
        return Skipped(name, "fork")
    if item.get("archived"):
        return Skipped(name, "archived")
    if not instants.first <= created_at <= instants.last:
        return Skipped(name, "created_outside_window", repository.created_at, str(instants))
    accepted = {licence.lower() for licence in settings.licences}
    if accepted and (repository.licence or "").lower() not in accepted:
        return Skipped(name, "licence_not_accepted", repository.licence, " ".join(sorted(accepted)))
    # Where the answer leaves them out, the query has counted them.
    if repository.stars is not None and repository.stars < settings.min_stars:
        return Skipped(name, "too_few_stars", str(repository.stars), str(settings.min_stars))
    return repository


def _repository(item: Mapping[str, Any]) -> Repository | None:
    """Return the repository. Only its name and time of creation must be there; the rest has a stand-in."""
    name, branch, stars = item.get("full_name"), item.get("default_branch"), item.get("stargazers_count")
    created_at = _instant(item.get("created_at"))
    page = str(item.get("html_url"))
    if not isinstance(name, str) or not _FULL_NAME.fullmatch(name) or not created_at:
        return None
    return Repository(
        unit=name,
        html_url=page if _WEB_ADDRESS.fullmatch(page) else f"https://github.com/{name}",
        default_branch=branch if _is_branch(branch) else None,
        created_at=created_at.isoformat(),
        licence=_licence(item.get("license")),
        stars=stars if type(stars) is int else None,
    )


def _is_branch(name: Any) -> bool:
    return isinstance(name, str) and 0 < len(name) <= _MAX_BRANCH_CHARS and name.isprintable()


def _licence(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return None
    spdx = value.get("spdx_id") or value.get("key")
    return spdx if isinstance(spdx, str) and _SPDX_ID.fullmatch(spdx) and spdx != "NOASSERTION" else None


def _instant(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
        return (moment - (moment.utcoffset() or timedelta(0))).replace(tzinfo=None)
    except (TypeError, ValueError, OverflowError):
        return None

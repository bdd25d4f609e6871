"""What the sources state about pace, and a check of our settings against it before anything is asked of them.

It holds for the sources' public hosts alone: a mirror, an enterprise server or a test sets its own rules.
"""

from dataclasses import dataclass

from config import ArxivSettings, CommonCrawlSettings, CrawlerSettings, GithubSettings
from storage.errors import ConfigError

# What the shipped settings say instead of a contact.
NO_CONTACT = "(contact not set)"

_GITHUB_SEARCH = "docs.github.com, REST API, Search: 30 requests a minute with a token, 10 without"
_GITHUB_CORE = "docs.github.com, Rate limits for the REST API: 5,000 requests an hour with a token"
_ARXIV = "info.arxiv.org/help/api/tou.html: one request every three seconds, one connection"
_COMMON_CRAWL = "status.commoncrawl.org: no more than once a second"


@dataclass(frozen=True, slots=True)
class StatedLimit:
    """The least seconds between two requests to one public domain, and where its owner says so."""

    least_seconds: float
    statement: str


def pauses(settings: GithubSettings | ArxivSettings | CommonCrawlSettings) -> dict[str, float]:
    """Return the least seconds between two requests, per download slot of the source."""
    if isinstance(settings, GithubSettings):
        return {"search": settings.search_delay_seconds, "archive": settings.archive_delay_seconds}
    # Listing and downloads share one slot: the source asks for one request at a time over everything.
    return {"all": settings.delay_seconds}


def public_domain(host: str) -> str | None:
    """Return the public source a host belongs to, or None: `export.arxiv.org` is arxiv.org's, a mirror nobody's."""
    name = host.lower().rstrip(".")
    return next((domain for domain in _LIMITS if name == domain or name.endswith(f".{domain}")), None)


def stated_limit(domain: str, slot: str, *, has_token: bool) -> StatedLimit | None:
    """Return what a public domain states for one kind of request, or None where it states no pause."""
    if slot == "search" and domain == "github.com":
        return StatedLimit(2.0 if has_token else 6.0, _GITHUB_SEARCH)
    if domain == "github.com" and not has_token:
        # 60 an hour is a budget and not a pause: what is left of it, and when it is renewed, comes with every answer
        # and is obeyed (crawler.patience). A pause of a minute would only make short crawls slow.
        return None
    return _LIMITS[domain]


def refuse_impolite(settings: CrawlerSettings, source: str, host: str, *, has_token: bool) -> None:
    """Raise one sentence when a crawl of this source must not ask a host: too fast, or without a name."""
    domain = public_domain(host)
    if domain is None:
        return
    if NO_CONTACT in settings.contact:
        raise ConfigError(
            f"crawler.contact is {settings.contact!r}, which names nobody, and {host} must be able to reach who asks; "
            f"set it to an e-mail address or a page of yours."
        )
    if not settings.below_stated_limits:
        _refuse_haste(settings, source, domain, has_token=has_token)


def _refuse_haste(settings: CrawlerSettings, source: str, domain: str, *, has_token: bool) -> None:
    section: GithubSettings | ArxivSettings | CommonCrawlSettings = getattr(settings, source)
    for slot, seconds in pauses(section).items():
        limit = stated_limit(domain, slot, has_token=has_token)
        if limit and seconds < limit.least_seconds:
            key = "delay_seconds" if slot == "all" else f"{slot}_delay_seconds"
            raise ConfigError(
                f"crawler.{source}.{key} = {seconds:g} is less than the {limit.least_seconds:g} s that {domain} states "
                f"({limit.statement}); raise it, or set crawler.below_stated_limits = true if {domain} allows you more."
            )


_LIMITS = {
    "github.com": StatedLimit(3600 / 5000, _GITHUB_CORE),
    "arxiv.org": StatedLimit(3.0, _ARXIV),
    "commoncrawl.org": StatedLimit(1.0, _COMMON_CRAWL),
}

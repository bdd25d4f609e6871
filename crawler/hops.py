"""Where a request may go: checked for every request and for every hop of a redirect, before it leaves.

What is refused is a denial of the one thing that was asked for. Settings that no public source may be asked with end
the crawl instead.
"""

import ipaddress
import re
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.error import DNSLookupError

from config import ARXIV_READERS_HOSTS
from crawler.github_token import read_token
from crawler.stated_limits import refuse_impolite

# A name, or an address with its zone; Scrapy has put other alphabets into ASCII.
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+(%[a-z0-9._-]+)?")


class RefusedHopError(IgnoreRequest):
    """A request that must not be made. Its text says where it leads and why not."""


class SoundRedirects(RedirectMiddleware):
    """Scrapy's redirects, of which one that leads to no address at all is refused and not a crash."""

    def process_response(
        self,
        request: Request,
        response: Response,
        spider: Spider | None = None,  # noqa: ARG002 - Scrapy's signature
    ) -> Request | Response:
        """Follow a redirect by asking anew."""
        try:
            return super().process_response(request, response)
        except ValueError:
            raise RefusedHopError("leads to something that is no address") from None


class AllowedHops:
    """Scrapy's downloader middleware nearest to the spider, before even a robots.txt is asked for."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "AllowedHops":
        """Build the middleware."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise when this request must not be made."""
        before = (request.meta.get("redirect_urls") or [None])[-1]
        reason = find_refusal(request.url, before) or (before and await find_way_in(request.url, before))
        if reason:
            raise RefusedHopError(f"leads to {shown(request.url)}, {reason}" if before else f"is an address {reason}")
        spec = self._crawler.spider.spec  # type: ignore[union-attr]
        refuse_impolite(spec.settings, spec.source, _host(request.url), has_token=read_token() is not None)


def find_refusal(url: str, before: str | None) -> str | None:
    """Return why an address must not be asked, or None; `before` is what redirected there."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        return "which is no http"
    if not _HOST.fullmatch(_host(url)) or not _has_usable_port(url):
        return "which names no host"
    if "@" in parts.netloc:
        return "which carries credentials"
    if _host(url) in ARXIV_READERS_HOSTS:
        return "whose robots.txt forbids programs; those use oaipmh.arxiv.org and export.arxiv.org"
    if before and parts.scheme == "http" and urlsplit(before).scheme == "https":
        return "which gives up the encryption"
    return None


async def find_way_in(url: str, before: str) -> str | None:
    """Return why a redirect must not be followed when it leads from the internet into a network of ours, else None."""
    if _host(url) == _host(before) or not await _is_inside(url) or await _is_inside(before):
        return None
    return "which is not on the public internet"


def shown(url: str) -> str:
    """Return an address as it may be shown: no credentials and no query, which are nobody's business."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


async def resolve(host: str) -> str | None:
    """Return the address of a host from the resolver and cache that Scrapy connects by, or None if it has none."""
    from twisted.internet import reactor  # the reactor is chosen by Scrapy when the crawl starts

    try:
        return str(await maybe_deferred_to_future(reactor.resolve(host)))  # type: ignore[arg-type]
    except DNSLookupError:
        # The request itself will tell.
        return None


async def _is_inside(url: str) -> bool:
    host = _host(url)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        # A proxy resolves names itself, and where it may connect to is its own affair.
        found = None if urlsplit(url).scheme in getproxies() else await resolve(host)
        if found is None:
            return False
        address = ipaddress.ip_address(found)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return not address.is_global or address.is_multicast


def _has_usable_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower().rstrip(".")

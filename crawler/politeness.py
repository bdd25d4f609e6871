"""How the crawlers behave towards the sources: one connection, stated pauses, a name and a contact.

These are Scrapy settings derived from ours. Pauses are exact minimums, never shortened by chance, and hold over all
crawls of this user (crawler.pace); crawler.hops decides where a request may go.
"""

from importlib.metadata import version
from typing import Any

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import Response

from crawler.hops import AllowedHops, SoundRedirects
from crawler.pace import OnePace
from crawler.spec import CrawlSpec
from crawler.stated_limits import pauses

_OFF = (
    "TELNETCONSOLE_ENABLED",
    "REMOTE_CONTROL_ENABLED",
    "COOKIES_ENABLED",
    "REFERER_ENABLED",
    "HTTPCACHE_ENABLED",
    "RETRY_ENABLED",  # crawler.patience knows the sources' own rules
    "METAREFRESH_ENABLED",
    "AUTOTHROTTLE_ENABLED",
    "MEMUSAGE_ENABLED",
    "STATS_DUMP",
    "LOG_VERSIONS",
)
# Of what is off, these take a third of a second to be imported before they find that out.
_EXTENSIONS_LEFT_OUT = ("scrapy.extensions.telnet.TelnetConsole", "scrapy.extensions.remote_control.RemoteControl")
_COOKIES_LEFT_OUT = "scrapy.downloadermiddlewares.cookies.CookiesMiddleware"


class BodiesAsStored(HttpCompressionMiddleware):
    """Leaves files as they are stored: a byte range of a .gz, or a gzipped e-print, must not be unpacked on the way."""

    def process_request(
        self,
        request: Request,
        spider: Spider | None = None,  # noqa: ARG002 - Scrapy's signature
    ) -> Request | Response | None:
        """Ask for the file itself rather than for a transfer coding of it."""
        if request.meta.get("as_stored"):
            request.headers.setdefault("Accept-Encoding", "identity")
            return None
        return super().process_request(request)

    def process_response(
        self,
        request: Request,
        response: Response,
        spider: Spider | None = None,  # noqa: ARG002 - Scrapy's signature
    ) -> Request | Response:
        """Unpack listings, leave files alone."""
        return response if request.meta.get("as_stored") else super().process_response(request, response)


def user_agent(contact: str) -> str:
    """Return the name every request carries."""
    return f"freshpress/{version('freshpress')} (+{contact})"


def scrapy_settings(spec: CrawlSpec) -> dict[str, Any]:
    """Return the settings of one crawl."""
    source = spec.source_settings
    slots = {name: {"concurrency": 1, "delay": seconds, "jitter": 0.0} for name, seconds in pauses(source).items()}
    return {
        **dict.fromkeys(_OFF, False),
        "BOT_NAME": "freshpress",
        "USER_AGENT": user_agent(spec.settings.contact),
        "ROBOTSTXT_OBEY": source.obey_robots,
        "ROBOTSTXT_USER_AGENT": "freshpress",
        "CONCURRENT_REQUESTS": 1,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": max(pauses(source).values()),
        "DOWNLOAD_DELAY_JITTER": 0.0,
        "DOWNLOAD_SLOTS": slots,
        "DOWNLOAD_TIMEOUT": spec.settings.timeout_seconds,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), "crawler.stalls.WatchedDownloads"),
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "REDIRECT_MAX_TIMES": 5,
        "DEFAULT_REQUEST_HEADERS": {},
        "LOG_LEVEL": "INFO",
        "EXTENSIONS": dict.fromkeys(_EXTENSIONS_LEFT_OUT),
        "DOWNLOADER_MIDDLEWARES": {
            _COOKIES_LEFT_OUT: None,
            "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
            AllowedHops: 50,
            BodiesAsStored: 590,
            "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
            SoundRedirects: 600,
            OnePace: 950,
        },
    }

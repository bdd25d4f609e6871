"""Policy: no public source is asked faster than it states, and none by nobody, unless the operator says so."""

import re

import pytest

from config import CrawlerSettings, load_settings
from crawler.stated_limits import pauses, public_domain, refuse_impolite, stated_limit
from storage.errors import ConfigError
from storage.records import SOURCES
from tests.crawler.loopback import changed

NAMED = changed(load_settings().crawler, contact="press@example.org")
HOSTS = {"github": "api.github.com", "arxiv": "export.arxiv.org", "common_crawl": "data.commoncrawl.org"}
# Source, key, with a token, the least the source states.
STATED = [
    ("github", "search_delay_seconds", False, 6.0),
    ("github", "search_delay_seconds", True, 2.0),
    ("github", "archive_delay_seconds", True, 0.72),
    ("arxiv", "delay_seconds", False, 3.0),
    ("common_crawl", "delay_seconds", False, 1.0),
]


def is_refused(settings: CrawlerSettings, source: str, host: str, *, has_token: bool = False) -> bool:
    try:
        refuse_impolite(settings, source, host, has_token=has_token)
    except ConfigError:
        return True
    return False


@pytest.mark.parametrize("has_token", [False, True])
@pytest.mark.parametrize("source", SOURCES)
def test_the_shipped_delays_keep_what_every_source_states(source: str, *, has_token: bool) -> None:
    assert not is_refused(NAMED, source, HOSTS[source], has_token=has_token)


@pytest.mark.parametrize(("source", "key", "has_token", "least_seconds"), STATED)
def test_a_delay_below_what_a_source_states_is_refused_and_one_at_it_is_not(
    source: str, key: str, least_seconds: float, *, has_token: bool
) -> None:
    at, below = (changed(NAMED, source, **{key: seconds}) for seconds in (least_seconds, least_seconds - 0.01))
    assert not is_refused(at, source, HOSTS[source], has_token=has_token)
    named = re.escape(f"crawler.{source}.{key} = {least_seconds - 0.01:g} is less than the {least_seconds:g} s that")
    with pytest.raises(ConfigError, match=f"{named}.*raise it, or set crawler.below_stated_limits = true"):
        refuse_impolite(below, source, HOSTS[source], has_token=has_token)


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_states_a_limit_for_each_of_its_pauses(source: str) -> None:
    domain = public_domain(HOSTS[source])
    assert domain
    for slot in pauses(getattr(NAMED, source)):
        assert stated_limit(domain, slot, has_token=True)


@pytest.mark.parametrize(("source", "key", "has_token", "least_seconds"), STATED)
def test_the_limits_are_lifted_by_an_explicit_word_alone(
    source: str, key: str, least_seconds: float, *, has_token: bool
) -> None:
    hasty = changed(NAMED, source, **{key: least_seconds / 2})
    assert is_refused(hasty, source, HOSTS[source], has_token=has_token)
    assert not is_refused(changed(hasty, below_stated_limits=True), source, HOSTS[source], has_token=has_token)


def test_an_hourly_budget_is_no_pause() -> None:
    quick = changed(NAMED, "github", archive_delay_seconds=0.5)
    assert not is_refused(quick, "github", "api.github.com", has_token=False)


@pytest.mark.parametrize("source", SOURCES)
def test_a_host_that_is_no_public_source_is_not_concerned(source: str) -> None:
    hasty = load_settings().crawler.model_dump()
    hasty["github"] |= {"search_delay_seconds": 0.0, "archive_delay_seconds": 0.0}
    for name in ("arxiv", "common_crawl"):
        hasty[name]["delay_seconds"] = 0.0
    settings = CrawlerSettings.model_validate(hasty)
    for host in ("127.0.0.1", "localhost", "github.example.com", "arxiv.org.example.com", "notarxiv.org", "mirror"):
        assert not is_refused(settings, source, host)
    for host in HOSTS.values():
        assert is_refused(settings, source, host)


@pytest.mark.parametrize("host", ["EXPORT.arXiv.org", "export.arxiv.org.", "arxiv.org", "oaipmh.arxiv.org"])
def test_a_public_host_is_known_however_it_is_spelled(host: str) -> None:
    assert public_domain(host) == "arxiv.org"


@pytest.mark.parametrize("source", SOURCES)
def test_a_public_source_is_not_asked_by_nobody(source: str) -> None:
    shipped = load_settings().crawler
    with pytest.raises(ConfigError, match=r"crawler\.contact is .* names nobody.*set it to an e-mail address"):
        refuse_impolite(shipped, source, HOSTS[source], has_token=False)
    # More speed may be granted; a name is always owed.
    assert is_refused(changed(shipped, below_stated_limits=True), source, HOSTS[source])

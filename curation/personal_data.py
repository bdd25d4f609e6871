"""E-mail addresses and public IP addresses: replaced by ones that belong to nobody, or a reason to reject.

Of 1,779 news texts 35 % held an e-mail address, mostly the newsroom's; of 1,579 encyclopedia texts none; of 1,582
Python files 3 %, and 1 % a public IP address. Rejecting would cost whole sites, while what stands in the place of an
address is the same for every model. What was found is never written down.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from tldextract import TLDExtract

from config import SecretsSettings
from curation.outcomes import Rejection

# Reserved for documentation (RFC 2606, 5737 and 3849).
EMAIL_MASK, IPV4_MASK, IPV6_MASK = "email@example.com", "192.0.2.1", "2001:db8::1"
_RESERVED_DOMAIN = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|net|org|edu))?|test|invalid|localhost)$", re.IGNORECASE)

_EMAIL = re.compile(
    r"(?<![\w.%+/=-])[A-Za-z0-9][\w.%+-]{0,63}@(?P<domain>(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,6}"
    r"[A-Za-z]{2,24})(?![\w(@-]|\.\w)",
    re.ASCII,
)
_IPV4 = re.compile(r"(?<![\w.-])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w-]|\.\d)", re.ASCII)
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{6,39}(?![\w:.])", re.ASCII)
# Four numbers after such a word are a version.
_VERSION = re.compile(r"(?:version|ver|release|v)[\s\"'=:>~<!]*$", re.IGNORECASE)
_LOOK_BACK_CHARS = 20


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    pattern: re.Pattern[str]
    mask: str
    is_meant: Callable[[re.Match[str]], bool]


def judge_personal_data(text: str, settings: SecretsSettings) -> Rejection | None:
    """Reject a text with an e-mail or public IP address where that is asked for; the measured value says which."""
    found = find_personal_data(text) if settings.personal_data == "reject" else None
    return Rejection("personal_data", found) if found else None


def find_personal_data(text: str) -> str | None:
    """Return what kind of address stands in a text, or None.

    >>> find_personal_data("Write to someone" + "@harbour.org.")
    'e-mail address'
    """
    return next((kind.name for kind in _kinds() for _ in _places(kind, text)), None)


def mask_personal_data(text: str) -> tuple[str, int]:
    """Replace every e-mail and public IP address, and return the text and how many were replaced."""
    count = 0
    for kind in _kinds():
        places = list(_places(kind, text))
        for place in reversed(places):
            text = text[: place.start()] + kind.mask + text[place.end() :]
        count += len(places)
    return text, count


def _places(kind: _Kind, text: str) -> Iterator[re.Match[str]]:
    return (match for match in kind.pattern.finditer(text) if kind.is_meant(match))


@cache
def _kinds() -> tuple[_Kind, ...]:
    return (
        _Kind("e-mail address", _EMAIL, EMAIL_MASK, _is_email),
        _Kind("IP address", _IPV4, IPV4_MASK, _is_public_ip),
        _Kind("IP address", _IPV6, IPV6_MASK, _is_public_ip),
    )


def _is_email(match: re.Match[str]) -> bool:
    """Tell an address of somebody from the user of a repository, an operator of matrices and an example."""
    domain = match["domain"]
    is_user_of_host = match[0].startswith("git@") and match.string[match.end() : match.end() + 1] in (":", "/")
    has_scheme = match.string[max(match.start() - _LOOK_BACK_CHARS, 0) : match.start()].rpartition("://")[1] != ""
    if is_user_of_host or has_scheme or _RESERVED_DOMAIN.search(domain):
        return False
    return bool(_suffixes()(domain).suffix)


def _is_public_ip(match: re.Match[str]) -> bool:
    """Tell a public address of one machine from a network, a private one, and a version of four numbers."""
    before = match.string[max(match.start() - _LOOK_BACK_CHARS, 0) : match.start()]
    if match[0].endswith((".0", "::")):
        return False
    try:
        return ipaddress.ip_address(match[0]).is_global and not _VERSION.search(before)
    except ValueError:
        return False


@cache
def _suffixes() -> TLDExtract:
    """Return the public suffix list inside the package: nothing is fetched, nothing is written."""
    return TLDExtract(suffix_list_urls=(), cache_dir=None)

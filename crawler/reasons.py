"""Why an item that a crawler met did not land: every reason of `crawl_ledger`, declared once.

The outcome says whose doing it was: `filtered` by a rule of ours, `gone` at the source, `unreadable` as it
came, or a `duplicate` of what has landed.
"""

from dataclasses import dataclass

from storage.records import content_id

MAX_PRINTED_CHARS = 1_000
_MAX_SPELLED_CHARS = 200

# reason → (outcome, what it means)
REASONS: dict[str, tuple[str, str]] = {
    # Any source.
    "gone": (
        "gone",
        "the source answers 404, 410 or 451, or that access is blocked: it is no longer there or was taken down",
    ),
    "too_large": ("filtered", "larger than the configured limit in bytes"),
    "empty": ("filtered", "there is nothing in it"),
    "already_landed": ("duplicate", "the same content at the same address has landed in this crawl"),
    "forgotten": ("filtered", "it, or another revision of it, was removed by `freshpress forget`; the item is a hash"),
    "malformed_item": ("unreadable", "fields that the item is known by are missing or make no sense"),
    # GitHub listing.
    "fork": ("filtered", "a fork, whatever the search was asked for"),
    "archived": ("filtered", "archived, whatever the search was asked for"),
    "created_outside_window": ("filtered", "the repository's own creation time lies outside the window"),
    "licence_not_accepted": ("filtered", "the licence is not among the accepted ones"),
    "too_few_stars": ("filtered", "fewer stars than configured"),
    "listed_short": ("gone", "the source counted more than it was ready to list: repositories, or records of a set"),
    # Archives.
    "too_many_members": ("filtered", "the archive has more members than allowed"),
    "archive_ratio": ("filtered", "the archive unpacks to more than the allowed multiple of its size"),
    "unreadable_archive": ("unreadable", "not an archive, damaged, or cut short"),
    "link": ("filtered", "a link, not a file"),
    "device": ("filtered", "a device or a pipe, not a file"),
    "unsafe_name": ("filtered", "the name climbs out of the archive or is not printable UTF-8"),
    "vendored": ("filtered", "lies in a tree of copied third-party code"),
    "generated": ("filtered", "lies in a tree that tools write, or bears a name that only a generator gives"),
    "other_file_type": ("filtered", "the name has none of the configured endings"),
    # arXiv.
    "listed_early": ("gone", "the list was read before all that was submitted in the window can have been announced"),
    "unknown_set": ("gone", "the source has no set of this name"),
    "not_in_bulk": ("gone", "none of the month's source tars has a source of the paper"),
    "first_version_outside_window": ("filtered", "the first version was not submitted in the window"),
    "other_category": ("filtered", "the primary category is not a configured one"),
    "deleted": ("gone", "the record is marked as deleted"),
    "other_format": ("unreadable", "the record is not in the format that was asked for"),
    "withdrawn": ("gone", "the authors withdrew the paper"),
    "media_type": ("filtered", "another kind of file than the source's own"),
    # Common Crawl.
    "unsupported_format": ("unreadable", "not a WARC file"),
    "unreadable_member": ("unreadable", "a record that is damaged, cut short or says a wrong length"),
    "unreadable_http": ("unreadable", "the record holds no readable HTTP answer"),
    "record_type": ("filtered", "a record that is not a captured answer"),
    "revisit": ("duplicate", "the archive says the page is the same as in an earlier capture"),
    "http_status": ("filtered", "the page was not answered with 200"),
    "no_robots": ("filtered", "the page asks not to be indexed or not to be used for training"),
    "other_language": ("filtered", "the visible text is in another language than configured"),
}


@dataclass(frozen=True, slots=True)
class Skipped:
    """One item that did not land: a ledger row before its unit is known.

    Names and values come from the open web: whatever no table or terminal takes is spelled out, whoever makes the row.
    """

    item: str
    reason: str
    measured_value: str | None = None
    limit_value: str | None = None

    def __post_init__(self) -> None:
        for name in ("item", "measured_value", "limit_value"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, printable(value))


def spelled(item: object) -> str:
    """Spell an item that has no name; one that is long ends in its hash, so that two that begin alike are two."""
    try:
        text = repr(item)
    except RecursionError:
        return f"a {type(item).__name__} too deep to be spelled"
    return text if len(text) <= _MAX_SPELLED_CHARS else f"{text[:_MAX_SPELLED_CHARS]}… {content_id(text)}"


def printable(text: str) -> str:
    r"""Return at most a thousand characters of a text, with what a terminal or a table could choke on spelled out.

    >>> printable("bell\x07, half a pair \ud800")
    'bell\\x07, half a pair \\ud800'
    """
    text = text[:MAX_PRINTED_CHARS]
    return text if text.isprintable() else "".join(map(_printed, text))[:MAX_PRINTED_CHARS]


def _printed(character: str) -> str:
    if character.isprintable():
        return character
    # A file name that is no UTF-8 carries its bytes as halves of pairs.
    is_byte = "\udc80" <= character <= "\udcff"
    return f"\\x{ord(character) - 0xDC00:02x}" if is_byte else character.encode("unicode_escape").decode()

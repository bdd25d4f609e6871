"""What was forgotten, as hashes: enough to know it again, not enough to read it. Loads the standard library alone."""

import re
from dataclasses import dataclass

from storage.records import content_id

_VERSION = re.compile(r"v[0-9]+$")
_COMMIT = re.compile(r"/blob/[0-9a-f]{40}/")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The hashes of every tombstone. It travels to crawlers and curation workers, who have no lake."""

    document_ids: frozenset[str] = frozenset()
    address_hashes: frozenset[str] = frozenset()
    text_hashes: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.document_ids)

    def has_item(self, document_id: str, source: str, url: str) -> bool:
        """Say whether an item may not return: itself, or another revision of what lies at its address."""
        if document_id in self.document_ids:
            return True
        return bool(self.address_hashes) and address_hash(source, url) in self.address_hashes

    def has_text(self, text_sha256: str) -> bool:
        """Say whether a text may not return, wherever it is found."""
        return text_sha256 in self.text_hashes


NOTHING_FORGOTTEN = Forgotten()


def address_of(source: str, url: str) -> str:
    """Return the address of a text whatever its revision: without the version of a paper, the commit of a file.

    >>> address_of("arxiv", "https://arxiv.org/abs/2610.90004v1")
    'https://arxiv.org/abs/2610.90004'
    """
    plain = url.rstrip("/")
    if source == "arxiv":
        return _VERSION.sub("", plain)
    return _COMMIT.sub("/blob/", plain) if source == "github" else plain


def address_hash(source: str, url: str) -> str:
    """Hash the address of a text."""
    return content_id("address", source, address_of(source, url))

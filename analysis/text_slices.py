"""What kind of text a text is: the slices that it belongs to as a whole."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

NOT_STATED = "not stated"
# The classes of sampling, so that a slice can be set beside its stratum.
LENGTHS = (
    (1000, "under 1k chars"),
    (4000, "1k to 4k chars"),
    (16_000, "4k to 16k chars"),
    (64_000, "16k to 64k chars"),
)
LONGEST = "over 64k chars"


@dataclass(frozen=True, slots=True)
class SlicedText:
    """One text that two models are compared on."""

    document_id: str
    source: str
    kind: str
    language: str | None
    url: str
    licence: str | None
    freshness_grade: str | None
    cluster_key: str
    char_count: int
    first_bits: float
    second_bits: float

    @property
    def extension(self) -> str:
        """Return what a source file's name ends in, in lower case; empty for other texts."""
        if self.kind != "source_file":
            return ""
        return PurePosixPath(urlsplit(self.url).path).suffix.removeprefix(".").lower()


def text_labels(text: SlicedText) -> dict[str, str]:
    """Return the slice of each dimension that a text belongs to."""
    return {
        "source": text.source,
        "language": text.language or (f".{text.extension}" if text.extension else NOT_STATED),
        "length": next((label for limit, label in LENGTHS if text.char_count < limit), LONGEST),
        "licence": text.licence or NOT_STATED,
        "freshness grade": text.freshness_grade or NOT_STATED,
    }

"""Protocol `codec_dictionary`: each text alone, by a codec that was shown the texts of the snapshot before.

What a codec gains by that is how much of a fresh text repeats what was there last month. The dictionary is raw content,
as much of it as the codec's window holds; its hash is part of the protocol's id, so scores after different dictionaries
never meet.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from scoring.codecs import WINDOW_LOG, zstd_level
from scoring.measured import Measured
from scoring.protocols import dictionary_protocol
from scoring.texts import Text
from storage.errors import ScoringError
from storage.records import Protocol

DICTIONARY_BYTES = 1 << WINDOW_LOG
PRIMED_CODEC = "zstd@19"
ENDING = ".dictionary"


def make_dictionary(texts: Iterable[str]) -> bytes:
    """Return as many of the texts, one after another, as the window holds; the last one may be cut."""
    pieces: list[bytes] = []
    left = DICTIONARY_BYTES
    for text in texts:
        pieces.append(text.encode()[:left])
        left -= len(pieces[-1])
        if not left:
            break
    return b"".join(pieces)


def protocol_after(dictionary: bytes) -> Protocol:
    """Return the protocol of texts that are compressed after this dictionary."""
    return dictionary_protocol(hashlib.sha256(dictionary).hexdigest())


def dictionary_path(folder: Path, protocol: Protocol) -> Path:
    """Return where the dictionary of a protocol lies."""
    return folder / f"{protocol.start_token}{ENDING}"


class PrimedCodec:
    """zstd with a dictionary in memory; reading one in takes about a second per megabyte, once."""

    def __init__(self, codec: str, location: str, protocol: Protocol) -> None:
        import zstandard

        if codec != PRIMED_CODEC:
            raise ScoringError(f"{codec} takes no dictionary and {protocol.name} is for those that do: {PRIMED_CODEC}")
        content = _read(Path(location), protocol)
        dictionary = zstandard.ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        dictionary.precompute_compress(compression_params=zstd_level())
        self._compressor: Any = zstandard.ZstdCompressor(compression_params=zstd_level(), dict_data=dictionary)

    def measure(self, texts: Sequence[Text]) -> list[Measured]:
        """Return the bits of each text after the dictionary, which is not counted."""
        return [Measured(8.0 * len(self._compressor.compress(text.text.encode())), 0, 0, 0) for text in texts]


def _read(path: Path, protocol: Protocol) -> bytes:
    """Return the dictionary that the protocol's id names."""
    if not path.is_file():
        message = f"{protocol.name} is measured after a dictionary and there is none at {path}"
        raise ScoringError(f"{message}; `freshpress score --protocol {protocol.name}` makes one in a home")
    content = path.read_bytes()
    if protocol_after(content) != protocol:
        raise ScoringError(f"{path} is not the dictionary of {protocol.protocol_id}; delete it and score again")
    return content

"""What kind of thing an e-print download is, told by its first bytes and never by its headers.

arXiv sends a tar.gz, one gzipped file, for old papers the same by Unix compress (`.Z`), or, when something on the way
has unpacked it, a tar or plain TeX; also PDF and HTML where there is no TeX, and a one-line file for withdrawn papers.
"""

import io
import itertools
import re
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from storage import lzw, tar_headers

_PEEK_BYTES = 65_536
_TEX = re.compile(rb"\\(documentclass|documentstyle|begin|input|section|title|def|bye|end|magnification|font)\b")
_HTML = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?(<!--(?:(?!-->).)*-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_WITHDRAWN = b"%auto-ignore"
_MAGIC = (
    (b"%PDF", "application/pdf"),
    (b"%!PS", "application/postscript"),
    (b"PK\x03\x04", "application/zip"),
)
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Eprint:
    """What a body is: `content_type` of something that lands, or a ledger reason with what was measured."""

    content_type: str | None
    reason: str | None = None
    measured_value: str | None = None


def recognise(body: bytes) -> Eprint:
    """Say what an e-print body is."""
    for magic, (content_type, unpacked_start) in _PACKINGS.items():
        if body.startswith(magic):
            return _recognise_packed(body, content_type, unpacked_start)
    return _recognise_plain(body, len(body), is_whole=True)


def is_html(body: bytes) -> bool:
    """Tell a web page by how it begins."""
    return bool(_HTML.match(body[:4096]))


def _recognise_packed(body: bytes, content_type: str, unpacked_start: Callable[[bytes], tuple[bytes, bool]]) -> Eprint:
    try:
        start, is_whole = unpacked_start(body)
    except (zlib.error, ValueError) as error:
        return Eprint(None, "unreadable_archive", str(error)[:100])
    inside = _recognise_plain(start, len(body), is_whole=is_whole)
    # What is inside decides whether it lands; what lands is the body as it came.
    return inside if inside.reason else Eprint(content_type)


def _recognise_plain(body: bytes, byte_count: int, *, is_whole: bool) -> Eprint:
    if is_whole and not body.strip(b"\0 \r\n\t"):
        return Eprint(None, "empty", str(byte_count))
    for magic, media_type in _MAGIC:
        if body.startswith(magic):
            return Eprint(None, "media_type", media_type)
    if _is_tar(body):
        is_notice = is_whole and _holds_only_a_notice(body)
        return Eprint(None, "withdrawn") if is_notice else Eprint("application/x-tar")
    if body.lstrip().startswith(_WITHDRAWN):
        return Eprint(None, "withdrawn")
    if is_html(body):
        return Eprint(None, "media_type", "text/html")
    if body.startswith(tuple(_PACKINGS)):
        # Packed twice. It lands under the name of the outer packing.
        return Eprint("application/octet-stream")
    if b"\0" not in body[:_PEEK_BYTES] or _TEX.search(body[:_PEEK_BYTES]):
        return Eprint("text/x-tex")
    return Eprint(None, "media_type", f"unknown, begins with {body[:4].hex()}")


def _gunzipped_start(body: bytes) -> tuple[bytes, bool]:
    """Return the first unpacked bytes and whether that is all there is."""
    unpacker = zlib.decompressobj(wbits=31)
    start = unpacker.decompress(body, _PEEK_BYTES)
    return start, unpacker.eof


def _uncompressed_start(body: bytes) -> tuple[bytes, bool]:
    """Return the first unpacked bytes and whether that is all there is."""
    start = bytearray()
    for piece in lzw.unpacked_pieces(body):
        start += piece
        if len(start) >= _PEEK_BYTES:
            return bytes(start), False
    return bytes(start), True


# magic → what it lands as, and how to look inside
_PACKINGS = {
    _GZIP_MAGIC: ("application/gzip", _gunzipped_start),
    lzw.MAGIC: ("application/x-compress", _uncompressed_start),
}


def _is_tar(body: bytes) -> bool:
    """Tell a tar by the checksum of its first header, which also old tars without a magic have."""
    header = body[:512]
    if len(header) < 512 or not header[0]:
        return False
    try:
        stated = int(header[148:156].rstrip(b"\0 ").strip() or b"x", 8)
    except ValueError:
        return False
    return stated == sum(header[:148]) + 8 * 32 + sum(header[156:])


def _holds_only_a_notice(body: bytes) -> bool:
    """Tell whether the tar is one small file that says the paper was withdrawn."""
    try:
        with tarfile.open(fileobj=io.BytesIO(body), mode="r:", tarinfo=tar_headers.SoundHeader) as archive:
            members = [member for member in itertools.islice(archive, 20) if not member.isdir()]
            if len(members) != 1 or not members[0].isreg() or members[0].size > _PEEK_BYTES:
                return False
            file = archive.extractfile(members[0])
            return file is not None and file.read().lstrip().startswith(_WITHDRAWN)
    except tar_headers.DAMAGE:
        # Cut or damaged: it lands as it is, and curation says what is wrong with it.
        return False

"""One number for a set of texts: equal exactly when the same texts were kept."""

import hashlib
from collections.abc import Iterable


def fingerprint(texts: Iterable[tuple[str, str]]) -> str:
    """Return the SHA-256 over the sorted pairs of document id and text hash, in hexadecimal."""
    digest = hashlib.sha256()
    for document_id, text_sha256 in sorted(texts):
        digest.update(f"{document_id} {text_sha256}\n".encode())
    return digest.hexdigest()

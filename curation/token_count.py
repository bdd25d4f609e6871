"""How many tokens a named tokenizer makes of a text: the one use of a tokenizer in curation."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from storage.errors import ConfigError


def count_tokens(text: str, tokenizer_json: str) -> int:
    """Return the number of tokens, special ones left out."""
    return len(_tokenizer(tokenizer_json).encode(text, add_special_tokens=False).ids)


def tokenizer_sha256(tokenizer_json: str) -> str:
    """Return the hash of a tokenizer's file, so that another one of the same name counts as another; "" for none."""
    return hashlib.sha256(_file_of(tokenizer_json).read_bytes()).hexdigest() if tokenizer_json else ""


@lru_cache(maxsize=1)
def _tokenizer(tokenizer_json: str) -> Any:
    # Loaded where it is used: without a named tokenizer curation runs without the library.
    from tokenizers import Tokenizer

    path = _file_of(tokenizer_json)
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # noqa: BLE001 - the library raises nothing narrower
        raise ConfigError(f"[curation.quality] code_tokenizer = {tokenizer_json!r} cannot be read: {error}.") from None


def _file_of(tokenizer_json: str) -> Path:
    if not Path(tokenizer_json).is_file():
        raise ConfigError(
            f"[curation.quality] code_tokenizer = {tokenizer_json!r} is no file; name a tokenizer.json, or leave it"
            " empty to switch the rule off."
        )
    return Path(tokenizer_json)

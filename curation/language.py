"""Which language a text is in, offline: the model lies inside py3langid's wheel."""

import py3langid

from config import CurationSettings
from curation.outcomes import Rejection

# More says nothing more, and a long text would cost for it.
MAX_CHARS = 20_000


def identify_language(text: str, min_chars: int) -> str | None:
    """Return the ISO 639-1 code of a text, or None where it is too short for more than chance.

    >>> identify_language("The quick brown fox jumps over the lazy dog and runs.", 20)
    'en'
    """
    if len(text) < min_chars:
        return None
    code, _ = py3langid.classify(text[:MAX_CHARS])
    return str(code)


def judge_language(language: str | None, settings: CurationSettings) -> Rejection | None:
    """Reject a text in a language nobody asked for; an unknown one passes."""
    if language is None or language in settings.languages:
        return None
    return Rejection("other_language", language, ",".join(settings.languages))

"""Which language a text is in, offline: the models lie inside the wheels of py3langid and resiliparse."""

from collections.abc import Sequence
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier
from resiliparse.parse.lang import detect_fast

from config import CurationSettings
from curation.outcomes import Rejection

# More says nothing more, and a long text would cost for it.
MAX_CHARS = 20_000
# A text is surely none of the wanted languages when they have less than this probability together. Of 205 real pages
# the visible text of 52 was, the extracted text of none of these was English, and two others were left.
SURELY_NOT = 0.01


def identify_language(text: str, min_chars: int) -> str | None:
    """Return the ISO 639-1 code of a text, or None where it is too short for more than chance.

    >>> identify_language("The quick brown fox jumps over the lazy dog and runs.", 20)
    'en'
    """
    if len(text) < min_chars:
        return None
    code, _ = _identifier().classify(text[:MAX_CHARS])
    return str(code)


def surely_other_language(text: str, wanted: Sequence[str]) -> str | None:
    """Return the language of a text that is surely none of those wanted, or None where it may be one of them.

    resiliparse's detector needs a tenth of a millisecond; only what it holds for another language is asked further.
    """
    if detect_fast(text)[0] in wanted:
        return None
    probabilities = dict(_identifier().rank(text))
    if sum(probabilities.get(language, 0.0) for language in wanted) >= SURELY_NOT:
        return None
    return str(max(probabilities, key=probabilities.__getitem__))


def judge_language(language: str | None, settings: CurationSettings) -> Rejection | None:
    """Reject a text in a language nobody asked for; an unknown one passes."""
    if language is None or language in settings.languages:
        return None
    return Rejection("other_language", language, ",".join(settings.languages))


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

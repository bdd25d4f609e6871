"""Pages in other languages are turned away where that is sure, and only there."""

import gzip
import json
import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
import trafilatura

from crawler.page_language import other_language
from curation.language import identify_language

ENGLISH = (
    "<p>The committee will meet on Thursday to discuss the budget for the coming year and the new library.</p>" * 4
)
GERMAN = (
    "<p>Der Ausschuss trifft sich am Donnerstag, um über den Haushalt des nächsten Jahres zu beraten.</p>"
    "<p>Nach der Sitzung wollen die Mitglieder entscheiden, ob die neue Bücherei im Frühjahr eröffnet werden kann.</p>"
    "<p>Viele Bürgerinnen und Bürger warten seit Jahren darauf, dass sich in der Innenstadt endlich etwas bewegt.</p>"
    "<p>Die Kosten sind allerdings höher als zunächst angenommen, weil das Dach erneuert werden muss.</p>"
    "<p>Trotzdem zeigte sich die Bürgermeisterin zuversichtlich, dass alle Arbeiten rechtzeitig fertig werden.</p>"
)
RUSSIAN = "<p>Комитет соберётся в четверг, чтобы обсудить бюджет на следующий год и новую библиотеку.</p>" * 5


def test_the_visible_text_decides_against_what_the_page_states() -> None:
    page = (
        f'<html lang="en"><head><title>{ENGLISH}</title></head><body><script>{ENGLISH}</script>{GERMAN}</body></html>'
    )
    assert other_language(page.encode(), "utf-8", ["en"]) == "de"
    assert other_language(page.encode("latin-1"), "iso-8859-1", ["en"]) == "de"
    assert other_language(page.encode(), None, ["en", "de"]) is None
    assert other_language(f'<html lang="de">{ENGLISH}'.encode(), None, ["en"]) is None


@pytest.mark.parametrize("element", ["script", "STYLE", "NoScript", "template", "svg"])
def test_what_nobody_sees_is_not_read(element: str) -> None:
    page = f"<body><{element} x>{GERMAN * 5}</{element.swapcase()}>{ENGLISH}"
    assert other_language(page.encode(), None, ["en"]) is None


def test_a_short_text_is_taken_at_its_word() -> None:
    assert other_language(b'<html lang="fr-CA"><body>Oui</body></html>', None, ["en"]) == "fr"
    assert other_language(b"<HTML LANG=en><body>Yes</body></html>", None, ["en"]) is None
    assert other_language(b"<html><body>Oui</body></html>", None, ["en"]) is None


def test_short_pieces_are_read_where_there_are_no_passages() -> None:
    words = re.findall(r"\w+", re.sub("<.*?>", " ", GERMAN))
    menu = "".join(f"<li><a href=/x>{word} <b>{next_word}</b></a></li>" for word, next_word in pairwise(words))
    assert other_language(f"<body><ul>{menu}</ul>".encode(), None, ["en"]) == "de"


def test_a_language_the_detector_does_not_know_turns_the_filter_off() -> None:
    assert other_language(GERMAN.encode(), None, ["en", "tlh"]) is None


def test_a_mixed_page_passes() -> None:
    assert other_language(f"<body>{ENGLISH[:306]}{GERMAN[:310]}{ENGLISH[:306]}".encode(), None, ["en"]) is None


@pytest.mark.parametrize(
    "charset",
    ["x-klingon", "undefined", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7", "hex", "zlib", "é"],
)
def test_a_charset_no_page_is_written_in_is_no_charset(charset: str) -> None:
    page = b"<p>\\udc80 \\x</p>" + GERMAN.encode() + b"\xff"
    assert other_language(page, charset, ["en"]) == other_language(page, "utf-8", ["en"]) == "de"


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("windows-1251", "cp1251"), ("koi8-r", "koi8-r"), ("iso-8859-5", "iso8859-5"), ("maccyrillic", "mac-cyrillic"),
        ("utf-16le", "utf-16-le"), ("utf8", "utf-8"),
    ],
)  # fmt: skip
def test_a_charset_of_the_web_is_understood(charset: str, codec: str) -> None:
    assert other_language(RUSSIAN.encode(codec), charset, ["en"]) == "ru"


@pytest.mark.parametrize(
    "piece",
    [
        b"<script>",
        b"<script></script>",
        b"<meta ",
        b"<html ",
        b"<html lang",
        b"<",
        b">",
        b"> ",
        b"<!--",
        b"<a",
        b"<body",
        b"&#",
    ],
)
def test_pages_that_never_close_a_tag_take_no_time(piece: bytes) -> None:
    page = piece * (2_000_000 // len(piece))
    began = time.process_time()
    other_language(page, None, ["en"])
    assert time.process_time() - began < 2


def test_no_real_page_is_turned_away_that_curation_would_keep(shared_data: Path) -> None:
    folders = sorted((shared_data / "html_eval").glob("*/html"))
    pages = [gzip.decompress(path.read_bytes()) for folder in folders for path in sorted(folder.iterdir())]
    verdicts = [(curated_language(page), other_language(page, None, ["en"])) for page in pages]
    kept = [other for curated, other in verdicts if curated in ("en", None)]
    rejected = [other for curated, other in verdicts if curated not in ("en", None)]
    assert len(kept) > 30
    assert not any(kept)
    # The others are let through to curation, which has the whole text.
    assert sum(map(bool, rejected)) >= 0.8 * len(rejected)


@pytest.mark.parametrize("name", ["bbc_news_20240601to20240615", "wikipedia_english_20240601to20240615"])
def test_hardly_an_english_text_is_turned_away(shared_data: Path, name: str) -> None:
    with gzip.open(shared_data / "text" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    pages = [f"<body><p>{text.replace('<', '&lt;')}</p></body>".encode() for text in texts]
    assert sum(bool(other_language(page, None, ["en"])) for page in pages) <= 0.002 * len(pages)


def curated_language(page: bytes) -> str | None:
    """Return the language curation finds in the extracted text, None where it finds none."""
    return identify_language(trafilatura.extract(page) or "", 200)

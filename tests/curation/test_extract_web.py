"""Web pages, made here and real: the text is trafilatura's own, whatever the character set."""

import gzip
import json
from pathlib import Path

import pytest
import trafilatura

from config import load_settings
from curation.extract import extract
from curation.extract_web import decode_page, extract_page, parse_page
from curation.outcomes import Extracted, Rejection
from curation.visible_text import visible_text

PARAGRAPHS = "".join(
    f"<p>In year {year} the harbour was rebuilt after the storm, and the town paid with a new tax on fish.</p>"
    for year in ("one", "two", "three", "four")
)
PAGE = (
    "<html><head><title>The harbour</title></head><body>"
    f"<article><h1>The harbour</h1>{PARAGRAPHS}</article></body></html>"
)


SETTINGS = load_settings().curation


def read(content: bytes, web_mode: str = "fast_first") -> Extracted | Rejection:
    """Extract a page without the pre-filters."""
    page = parse_page(content, "text/html")
    assert page is not None
    return extract_page(page, visible_text(page), SETTINGS.extraction.model_copy(update={"web_mode": web_mode}))


def html_files(shared_data: Path, part: str) -> list[Path]:
    files = sorted((shared_data / "html_eval" / part / "html").glob("*.html.gz"))
    assert files
    return files


def test_the_main_text_and_title_of_a_page_are_read():
    result = read(PAGE.encode())
    assert isinstance(result, Extracted)
    assert (result.extractor, result.extractor_version) == ("trafilatura", trafilatura.__version__)
    assert result.title == "The harbour"
    assert result.text.count("new tax on fish") == 4


def test_comments_of_readers_are_left_out():
    comments = '<div id="comments"><div class="comment"><p>First! Great article, thanks a lot for it.</p></div></div>'
    result = read(PAGE.replace("</article>", f"</article>{comments}").encode())
    assert isinstance(result, Extracted)
    assert "First!" not in result.text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"\0\0\0",
        b"plain words",
        b"<html></html>",
        b"<" * 5000,
        b"<div>" * 20_000,
        b"\xff\xfe\x00",
        b"<html><body><script>1</script></body></html>",
    ],
    ids=range(9),
)
def test_a_page_without_text_is_a_reason_and_never_an_exception(make_raw, content):
    any_length = SETTINGS.model_copy(update={"quality": SETTINGS.quality.model_copy(update={"min_words": 0})})
    result = extract(make_raw("common_crawl", "x", content), parse_page(content, "text/html"), any_length)
    assert isinstance(result, Rejection)
    assert result.reason == "no_text"


def test_the_text_of_real_pages_is_that_of_trafilaturas_default_call(shared_data):
    for part in ("trafilatura", "scrapinghub"):
        for path in html_files(shared_data, part)[:12]:
            content = gzip.decompress(path.read_bytes())
            result = read(content)
            plain = trafilatura.extract(content.decode("utf-8"), include_comments=False)
            assert isinstance(result, Extracted), path
            assert result.text == (plain or "").strip(), path


PAGES = {
    "an article": PAGE,
    "paragraphs that the fast mode takes for boilerplate": (
        "<html><body><div class='sidebar'>" + PARAGRAPHS * 8 + "</div><article><p>Short news of the harbour in a"
        " sentence that ends.</p><p>And one more of them, to be a text at all.</p></article></body></html>"
    ),
    "a table": "<html><body><table>" + "<tr><td>cod</td><td>haddock and ling</td></tr>" * 80 + "</table></body></html>",
}


@pytest.mark.parametrize("name", PAGES)
def test_fast_first_reads_what_the_careful_mode_reads(name):
    page = PAGES[name].encode()
    assert read(page, "fast_first") == read(page, "careful")


def test_the_careful_mode_reads_where_the_fast_result_looks_wrong(monkeypatch):
    asked = []
    monkeypatch.setattr(trafilatura, "extract", lambda page, *, fast, **_: asked.append(fast) or ("x" * 499))
    for name in ("an article", "a table"):
        read(PAGES[name].encode())
    assert asked == [True, False, False], "499 characters are too few; a table is never read fast"
    asked.clear()
    read(PAGES["an article"].encode(), "careful")
    assert asked == [False]


def test_real_pages_that_are_not_utf8_are_read_with_their_letters(shared_data):
    truth = json.loads((shared_data / "html_eval" / "non_utf8" / "evaldata.json").read_text())
    wanted = found = 0
    for path in html_files(shared_data, "non_utf8"):
        result = read(gzip.decompress(path.read_bytes()))
        assert isinstance(result, Extracted), path
        assert "\ufffd" not in result.text, path
        phrases = truth[path.name]["with"]
        wanted += len(phrases)
        found += sum(phrase in result.text for phrase in phrases)
    assert wanted > 10
    assert found / wanted >= 0.8


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        ("Grüße".encode(), "text/html; charset=iso-8859-1", "Grüße"),  # a server's default, wrong
        ("Grüße".encode("cp1252"), "text/html; charset=iso-8859-1", "Grüße"),
        ("“quoted”".encode("cp1252"), "text/html; charset=iso-8859-1", "“quoted”"),  # as browsers take the label
        ("Zażółć".encode("cp1250"), "text/html; charset=windows-1250", "Zażółć"),
        ('<meta charset="windows-1251">Привет'.encode("cp1251"), "text/html", '<meta charset="windows-1251">Привет'),
        ("日本".encode("iso2022_jp"), "text/html; charset=iso-2022-jp", "日本"),
        ("日本".encode("shift_jis"), "text/html; charset=Shift_JIS", "日本"),
        (b"\xef\xbb\xbfBOM", "text/html; charset=koi8-r", "BOM"),
        ("wide".encode("utf-16"), "text/html", "wide"),
        (b"broken \xff utf-8", "text/html; charset=utf-8", "broken \ufffd utf-8"),
        (b"x", "text/html; charset=hex", "x"),
        (b"x", "text/html; charset=no-such-thing", "x"),
        *((b"x \xe9", f"text/html; charset={codec}", "x é") for codec in ("undefined", "idna", "punycode", "utf-7")),
        (rb"\ud800 stays as it is", "text/html; charset=unicode_escape", r"\ud800 stays as it is"),
        (b'<meta charset="raw_unicode_escape">\\udfff \xe9', "text/html",
         '<meta charset="raw_unicode_escape">\\udfff é'),
    ],
)  # fmt: skip
def test_the_character_set_that_fits_is_taken(content, content_type, expected):
    assert decode_page(content, content_type) == expected

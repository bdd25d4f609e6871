"""Ways to spoil text with a structure: JSON, XML, HTML, TeX and lines of header fields."""

import json
import re
from collections.abc import Sequence
from random import Random
from typing import Any

from bench.mutants import Mutation, set_bytes

# More than any parser recurses, and quadratic patterns feel it.
DEPTH = 10_000
_MANY = 100_000
# fmt: off
ODD_TEXTS = (
    "", " ", "\0", "a\0b", "\ud800", "x\udfffy", "\uffff\ufffe", "\u202e\u200b", "\r\n\x85\u2028", "9" * 5_000, "-1",
    "1e400", "NaN", "٣٤٥", "../..", "' OR 1=1 --", "<b>&amp;</b>", "A" * _MANY, "(" * _MANY, "0000-00-00T00:00:00Z",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "99999999999999999999-01-01",
    "Mon, 01 Jan 99999999999999999999 00:00:00 +0000", "Mon, 01 Jan 0001 00:00:00 +1400",
    "Mon, 32 Foo 2026 25:61:61 +9999999999", "CC-MAIN-0000", "CC-MAIN-9999-52", "1.5", "😀",
)
_ODD_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 10**18, 10**30, 1.5, 1e308, float("nan"), float("inf"), [], {}, [[]], {"a": {"b": []}}, [None],
    *ODD_TEXTS,
)
_RAW_JSON = (
    "[" * DEPTH + "]" * DEPTH, '{"a":' * DEPTH + "1" + "}" * DEPTH, "[" * 900 + "]" * 900, "9" * 5_000, "1e400", "-0",
    "\\ud800", '"\\ud800"', "nul", "/* */", "'a'", '{"id":1,"id":2}', '"' + "\\u0000" * 50 + '"',
)
# fmt: on
_DTD = (
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>',
    '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "<!DOCTYPE a>",
)
# fmt: off
_ODD_XML = (
    "&c;", "&x;", "&nbsp;", "&#0;", "&#xD800;", "&#99999999999;", "&", "&amp;" * 1_000, "<", "]]>", "<![CDATA[",
    "<!--", "<?a", "</record>", "<record>", "<record/>", "<record><header/>", '<a b="1" b="2"/>', "<x:y/>",
    "<a>" * DEPTH, "<a>" * DEPTH + "</a>" * DEPTH, "<a " + 'b="' + "c" * _MANY + '"/>', "<" + "n" * 5_000 + "/>",
    "<a" + " x" * 3_000 + ">", "\0", "\x0b", "\ufffe",
)
_ODD_HTML = (
    "<div>" * _MANY, "<b><i>" * 2_000, "<meta " * 50_000, "<" * _MANY, "<!--", "<!--" * 5_000, "-->", "<script>",
    "</script>", "<style>", "<title>", '<meta name="robots" content="noindex', '<meta name=robots content=NOAI>',
    "<meta name='robots' content='none'>", '<a href="' + "x" * _MANY + '">', "<p " + "a=b " * 20_000 + ">",
    "&#x110000;", "&#0;", "&" * 5_000, "&amp" * 5_000, "\0", "<table>" * 3_000, '<meta charset="utf-7">',
    '<meta charset="idna">', '<meta charset="utf-16">', '<meta charset=unicode_escape>', '<meta charset="zlib">',
    '<meta http-equiv="content-type" content="text/html; charset=koi8-r">', '<html lang="de">',
    "<html lang=" + "x" * 5_000, '<script type="application/ld+json">{"datePublished":"2026-02-30T99:99"}</script>',
    '<script type="application/ld+json">{"dateModified": 99999999999999, "datePublished": 1790000000}</script>',
    '<meta property="article:published_time" content="0001-01-01T00:00:00+14:00">',
    '<time datetime="9999-12-31T23:59:59-14:00">', '<meta name="date" content="' + "1" * 5_000 + '">',
    '<meta name="date" content="٢٠٢٦-٠١-٠١">', '<time datetime="2026-13-45">', "<frameset>" * 500, "<svg>" * 500,
    "<template>" * 500, "<select>" * 500, "<plaintext>", "<?php" * 500, "<![CDATA[", "\ud800",
)
_ODD_TEX = (
    "{" * _MANY, "}" * _MANY, "\\" * _MANY, "$" * 20_001, "\\[" * 20_000, "\\begin{figure}" * 5_000,
    "\\begin{equation}" * 5_000, "\\iffalse " * 5_000, "\\begin{comment}", "\\end{comment}" * 5_000,
    "\\begin{verbatim}", "\\input{main}", "\\input main ", "\\input{../../etc/passwd}", "\\input{a\0b}",
    "\\input{" + "x/" * 5_000 + "}", "\\documentclass" + "[" * 20_000, "\\title{" + "{" * 20_000,
    "\\title" + "[" * 20_000, "%" * _MANY, "\r", "\\end{document}", "\\begin{document}" * 3_000,
    "\\usepackage[utf-7]{inputenc}", "\\usepackage[latin2]{inputenc}\xe9", "\\textbf{" * 20_000,
    "\\section{" * 20_000, "\\cite[" * 20_000, "\\cite{a}[b]" * 10_000, "\\verb|%|", "\\input{b}\\input{b}" * 2_000,
    "\\bibliography{x}" * 3_000, "\\newcommand" + "[1]" * 20_000, "\u2028",
)
# fmt: on
_ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "cp1252", "utf-7", "cp037", "iso2022_jp")
_TAG = re.compile(r"<[^<>]{1,200}>")
_TEXT = re.compile(r">[^<>]{1,400}<")


def spoil_json(chance: Random, body: bytes, others: Sequence[bytes]) -> bytes:
    """Change one value, name or repetition somewhere in the tree, or write something no JSON has into its text."""
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        return set_bytes(chance, body, others)
    if chance.random() < 0.3:
        return _spoil_text(chance, json.dumps(tree), _RAW_JSON).encode("utf-8", "surrogatepass")
    text = json.dumps(_spoilt_tree(chance, tree), ensure_ascii=chance.random() < 0.6)
    return text.encode("utf-8", "surrogatepass")


def spoil_xml(chance: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    """Put a document type, odd markup or an odd text somewhere, or repeat, drop or rename an element's tag."""
    text = _decoded(body)
    draw = chance.random()
    if draw < 0.15:
        head, mark, rest = text.partition("?>")
        text = head + mark + chance.choice(_DTD) + rest if mark else chance.choice(_DTD) + text
        text = _insert_at_tag(chance, text, chance.choice(("&c;", "&x;", "")))
    elif draw < 0.45:
        text = _insert_at_tag(chance, text, chance.choice(_ODD_XML))
    elif draw < 0.75:
        text = _swap(chance, text, _TEXT, f">{chance.choice(ODD_TEXTS)}<")
    else:
        text = _swap(
            chance,
            text,
            _TAG,
            chance.choice(("", "<record>", "</metadata>", "<arXivRaw>", '<version version="v0">', "<id>", "<error/>")),
        )
    return text.encode("utf-8", "surrogatepass")


def spoil_html(chance: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    """Put markup somewhere that costs parsers time or tells them lies."""
    return _insert_at_tag(chance, _decoded(body), chance.choice(_ODD_HTML)).encode("utf-8", "surrogatepass")


def spoil_tex(chance: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    """Put TeX somewhere that opens what it never closes, or reads itself."""
    return _spoil_text(chance, body.decode("latin-1"), _ODD_TEX).encode("utf-8", "surrogatepass")


def recode(chance: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    """Write the same text in another encoding than it says it is in."""
    return _decoded(body).encode(chance.choice(_ENCODINGS), "replace")


def spoil_fields(chance: Random, body: bytes, others: Sequence[bytes]) -> bytes:
    """Give one header field another value, repeat it or drop it."""
    head, gap, rest = body.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if len(lines) < 2:
        return set_bytes(chance, body, others)
    at = chance.randrange(1, len(lines))
    name, colon, value = lines[at].partition(b": ")
    odd = _odd_field(chance, value)
    lines[at : at + 1] = chance.choice(
        ([name + colon + odd], [name + colon + odd], [name + colon + odd], [lines[at]] * 2, [], [odd])
    )
    return b"\r\n".join(lines) + gap + rest


JSON: tuple[Mutation, ...] = (spoil_json, spoil_json, recode)
XML: tuple[Mutation, ...] = (spoil_xml, spoil_xml, recode)
HTML: tuple[Mutation, ...] = (spoil_html, spoil_html, recode)
TEX: tuple[Mutation, ...] = (spoil_tex, spoil_tex, recode)


def _spoilt_tree(chance: Random, tree: Any) -> Any:
    """Return the tree with one thing changed, on a path drawn from its root."""
    if not isinstance(tree, (dict, list)) or not tree or chance.random() < 0.1:
        return chance.choice(_ODD_VALUES)
    if isinstance(tree, list):
        at = chance.randrange(len(tree))
        changed = [_spoilt_tree(chance, tree[at])] if chance.random() < 0.9 else chance.choice(([], [tree[at]] * 3))
        return [*tree[:at], *changed, *tree[at + 1 :]]
    name = chance.choice(list(tree))
    draw = chance.random()
    if draw < 0.1:
        return {other: value for other, value in tree.items() if other != name}
    if draw < 0.2:
        return tree | {chance.choice(ODD_TEXTS): tree[name]}
    return tree | {name: _spoilt_tree(chance, tree[name])}


def _odd_field(chance: Random, value: bytes) -> bytes:
    digits = re.sub(
        rb"\d+", lambda found: chance.choice((b"0", b"-1", b"9" * 5_000, found[0] * 3, b"1.5", b"*")), value
    )
    return chance.choice(
        (chance.choice(ODD_TEXTS).encode("utf-8", "surrogatepass"), digits, value * 2, value + b", " + value, b"\xff")
    )


def _spoil_text(chance: Random, text: str, odd: Sequence[str]) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(odd) + text[at + chance.choice((0, 0, 1, 30)) :]


def _insert_at_tag(chance: Random, text: str, inserted: str) -> str:
    at = text.find("<", chance.randrange(len(text) + 1)) if chance.random() < 0.8 else chance.randrange(len(text) + 1)
    return text[: max(at, 0)] + inserted + text[max(at, 0) :]


def _swap(chance: Random, text: str, pattern: re.Pattern[str], other: str) -> str:
    found = pattern.search(text, chance.randrange(len(text) + 1)) or pattern.search(text)
    return text[: found.start()] + other + text[found.end() :] if found else text + other


def _decoded(body: bytes) -> str:
    return body.decode("utf-8", "replace")

"""The sound inputs mutations begin with: small ones made in code, and small real ones that lie beside the checkout."""

import base64
import gzip
import io
import json
import tarfile
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from demo.archives import Capture, eprint_gz, eprint_tar, git_archive, warc_file

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
# Larger ones would only make every mutation of them slower.
_MAX_SEED_BYTES = 60_000
_MAX_TAR_BYTES = 60_000
_MAX_LIST_ITEMS = 8
_AT = datetime(2026, 10, 5, 12)
_CODE = (
    b'"""Say hello."""\nimport sys\n\n\ndef main(name: str = "world") -> int:\n    print("hello", name)\n    return 0\n'
)
_TEX = rb"""\documentclass[a4paper]{article}
\usepackage[latin1]{inputenc}
\title{On the \emph{sums} of things\thanks{Nobody}}
\begin{document}\maketitle
\begin{abstract}We count.\end{abstract}
\section{One} Let $x \in A$. % a comment
\input{part} \begin{equation} a = b \end{equation}
\iffalse hidden \fi \begin{comment} also hidden \end{comment}
\begin{verbatim}100% sure\end{verbatim}
\bibliography{refs}
\end{document}
"""
# What Unix compress makes of a short paper: there is no writer of it here.
_COMPRESSED = base64.b85decode(
    "ADxg~$h;X-"
    "r%f3*bjGj=GiT18FmmXmQCOxA7cphdq;a!HAVGr&EzT)3M&cWePux@lait81F>mT11VIOl%bFX{%%O=U3>^><Z`zb|^9=}$FJmGs"
    "Lxu&=GhsFYbwlQ9R5w$rhJm`#1($<lIu0y&kWL>3"
)
_PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>News of the day</title>
<meta name="robots" content="index, follow">
<meta property="article:published_time" content="2026-10-04T08:00:00+02:00">
<script type="application/ld+json">{"@type":"Article","datePublished":"2026-10-04","dateModified":"2026-10-05"}</script>
</head><body><nav>Home</nav><article><h1>News of the day</h1>%s</article>
<footer>Posted <time datetime="2026-10-05">today</time></footer></body></html>"""
_SENTENCE = (
    "<p>The committee met on Tuesday to talk about the water works, and nobody could say what they would cost.</p>\n"
)
_GERMAN = "<p>Der Rat tagte am Dienstag über die Wasserwerke, und niemand wusste, was sie kosten.</p>\n"
_OAI = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-10-06T00:00:00Z</responseDate>
<request verb="ListRecords">http://export.arxiv.org/oai2</request><ListRecords>%s
<resumptionToken cursor="0" completeListSize="3">1|2</resumptionToken></ListRecords></OAI-PMH>"""
_RECORD = """<record><header><identifier>oai:arXiv.org:2610.%05d</identifier><datestamp>2026-10-06</datestamp>
<setSpec>math</setSpec></header><metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2610.%05d</id>
<version version="v1"><date>Mon, 05 Oct 2026 12:00:00 GMT</date><size>9kb</size><source_type>D</source_type></version>
<version version="v2"><date>Tue, 06 Oct 2026 12:00:00 GMT</date></version>
<title>On sums &amp; things</title><authors>A. Author (Here), B. Other and C. Third</authors>
<categories>math.NT math.AG</categories><license>http://creativecommons.org/licenses/by/4.0/</license>
<abstract>We count.</abstract></arXivRaw></metadata></record>"""
_OAI_ERROR = """<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><request>x</request>
<error code="%s">The request has no answer.</error></OAI-PMH>"""
_MANIFEST = """<?xml version='1.0' standalone='yes'?>
<arXivSRC>%s<timestamp>Mon Oct 5 02:00:00 2026</timestamp></arXivSRC>"""
_MANIFEST_FILE = """<file><content_md5sum>cacbfede21d5dfef26f367ec99384546</content_md5sum>
<filename>src/arXiv_src_2610_%03d.tar</filename><first_item>2610.00001</first_item><last_item>2610.09999</last_item>
<md5sum>949ae880fbaf4649a485a8d9e07f370b</md5sum><num_items>2364</num_items><seq_num>%d</seq_num><size>225605507</size>
<timestamp>2026-10-05 00:13:59</timestamp><yymm>2610</yymm></file>"""
_SERVED_AT = "Date: Mon, 05 Oct 2026 12:00:00 GMT"
_HEADS = (
    f"403 Forbidden\r\n{_SERVED_AT}\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1791201660",
    f"429 Too Many Requests\r\nRetry-After: 120\r\n{_SERVED_AT}",
    "503 Service Unavailable\r\nRetry-After: Mon, 05 Oct 2026 12:10:00 GMT\r\nServer: x",
    "206 Partial Content\r\nContent-Range: bytes 65536-131071/9000000\r\nContent-Length: 65536",
    '206 Partial Content\r\nContent-Range: bytes 65536-70000/*\r\nETag: "x"',
    f"416 Range Not Satisfiable\r\nContent-Range: bytes */9000000\r\n{_SERVED_AT}",
    "451 Unavailable For Legal Reasons\r\nContent-Type: application/json\r\nX-RateLimit-Remaining: 59",
    f'200 OK\r\nETag: W/"1"\r\nLast-Modified: Mon, 05 Oct 2026 12:00:00 GMT\r\n{_SERVED_AT}',
)


def search_pages() -> list[bytes]:
    """Return answers of the repository search."""
    return [_json_lines_page(), *_real_search_pages()]


def tarballs() -> list[bytes]:
    """Return repository tarballs as codeload sends them, one of them unpacked."""
    files = {
        "src/app.py": _CODE,
        "README.md": b"# Hello\n",
        "src/empty.py": b"",
        "vendor/x.py": _CODE,
        "old-mac.py": _CODE.replace(b"\n", b"\r"),
    }
    made = git_archive("owner/name", "ab" * 20, files, _AT)
    real = [_first_members(path.read_bytes()) for path in _real("github/tarballs", "*.tar.gz", 10**8)]
    return [made, gzip.decompress(made), *real]


def oai_pages() -> list[bytes]:
    """Return OAI-PMH answers: records and errors."""
    made = [_OAI % "".join(_RECORD % (n, n) for n in range(1, 4))]
    made += [_OAI_ERROR % code for code in ("noRecordsMatch", "badResumptionToken", "badArgument")]
    return [page.encode() for page in made] + _contents("arxiv/oai", "*.xml", 12_000)


def eprints() -> list[bytes]:
    """Return e-print downloads of every packing."""
    source = {
        "main.tex": _TEX,
        "part.tex": b"More \\emph{text}.",
        "main.bbl": b"\\bibitem{a} A.",
        "fig.pdf": b"%PDF-1.4 x",
    }
    packed = eprint_tar(source, _AT)
    nested = eprint_tar({"inner.tar.gz": packed}, _AT)
    withdrawn = eprint_gz(b"%auto-ignore\nThis paper has been withdrawn.\n")
    return [
        packed,
        gzip.decompress(packed),
        nested,
        eprint_gz(_TEX),
        _TEX,
        withdrawn,
        _COMPRESSED,
        *_contents("arxiv/eprint", "*", _MAX_SEED_BYTES),
    ]


def tex_sources() -> list[bytes]:
    """Return TeX as it stands in an e-print."""
    return [
        _TEX,
        *(gzip.decompress(body) for body in _contents("arxiv/eprint", "single-tex.gz", 10**6)),
        *_contents("arxiv/eprint", "*.tex", 10**6),
    ]


def manifests() -> list[bytes]:
    """Return lists of arXiv's monthly source tars."""
    made = (_MANIFEST % "".join(_MANIFEST_FILE % (n, n) for n in range(1, 6))).encode()
    real = b"".join(_contents("arxiv/manifest", "*.gz", 10**6)[:1])
    head = b"</file>".join(gzip.decompress(real).split(b"</file>")[:_MAX_LIST_ITEMS]) + b"</file></arXivSRC>"
    return [made, gzip.compress(made, mtime=0), *([head] if real else [])]


def manifest_of(md5sum: str) -> bytes:
    """Return the list of one tar, whose checksum is this one."""
    return (_MANIFEST % (_MANIFEST_FILE % (1, 1))).replace("949ae880fbaf4649a485a8d9e07f370b", md5sum).encode()


def bulk_tars() -> list[bytes]:
    """Return monthly tars of sources, each source packed by itself."""
    sources = {f"2610/2610.{n:05}.gz": eprint_gz(_TEX) for n in range(1, 4)} | {"2610/2610.00004.pdf": b"%PDF-1.4 x"}
    return [gzip.decompress(eprint_tar(sources, _AT))]


def collinfos() -> list[bytes]:
    """Return lists of Common Crawl's crawls."""
    entries: list[dict[str, str]] = [
        {"id": "CC-MAIN-2026-44", "name": "October 2026", "from": "2026-10-20T00:00:00", "to": "2026-11-02T00:00:00"}
    ]
    entries += [{"id": name} for name in ("CC-MAIN-2026-39", "CC-MAIN-2012", "CC-MAIN-2009-2010")]
    recorded = "cdxtoolkit-test_cc-test_get_cc_endpoints.jsonl"
    lines = b"".join(_contents("commoncrawl/cdx", recorded, 10**6)).splitlines()
    real = [json.dumps(json.loads(json.loads(line)["response_text"])[:_MAX_LIST_ITEMS]).encode() for line in lines[:1]]
    return [json.dumps(entries).encode(), *real]


def path_lists() -> list[bytes]:
    """Return lists of WARC files, packed and plain."""
    text = b"".join(b"crawl-data/CC-MAIN-2026-44/segments/1.17/warc/CC-MAIN-2026-%05d.warc.gz\n" % n for n in range(20))
    return [gzip.compress(text, mtime=0), text, *_contents("commoncrawl/paths", "*.gz", _MAX_SEED_BYTES)]


def packed_warcs() -> list[bytes]:
    """Return WARC files of gzip members."""
    real = [
        *_contents("commoncrawl/warc", "*.warc.gz", _MAX_SEED_BYTES),
        *_contents("commoncrawl/malformed", "*.warc.gz", _MAX_SEED_BYTES),
    ]
    return [_made_warc(), *real]


def plain_warcs() -> list[bytes]:
    """Return WARC files that are not packed."""
    members = gzip.decompress(_made_warc())
    real = [
        *_contents("commoncrawl/warc", "*.warc", _MAX_SEED_BYTES),
        *_contents("commoncrawl/malformed", "*.warc", _MAX_SEED_BYTES),
    ]
    return [members, *real]


def html_pages() -> list[bytes]:
    """Return web pages."""
    made = (_PAGE % (_SENTENCE * 12)).encode()
    german = (_PAGE % (_GERMAN * 8)).encode("latin-1")
    real = [gzip.decompress(body) for body in _contents("html_eval/trafilatura/html", "*.gz", 8_000)]
    real += [gzip.decompress(body) for body in _contents("html_eval/non_utf8/html", "*.gz", 8_000)[:4]]
    return [made, german, *real]


def source_files() -> list[bytes]:
    """Return source files, one with a cookie, one with the line ends of old Macs."""
    return [
        _CODE,
        b"# -*- coding: latin-1 -*-\ns = 'caf\xe9'\n" + _CODE,
        _CODE.replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + _CODE,
    ]


def http_heads() -> list[bytes]:
    """Return heads of HTTP answers with the fields that a crawler obeys, and a body."""
    body = b'{"message": "API rate limit exceeded", "block": null}'
    return [f"HTTP/1.1 {head}\r\n\r\n".encode() + body for head in _HEADS]


def _json_lines_page() -> bytes:
    items: list[dict[str, Any]] = [
        {
            "id": n,
            "full_name": f"owner/name-{n}",
            "html_url": f"https://github.com/owner/name-{n}",
            "default_branch": "main",
            "created_at": "2026-10-05T12:00:00Z",
            "license": {"key": "mit", "spdx_id": "MIT"},
            "stargazers_count": 7 + n,
            "fork": n == 2,
            "archived": False,
        }
        for n in range(4)
    ]
    return json.dumps({"total_count": len(items), "incomplete_results": False, "items": items}).encode()


def _real_search_pages() -> list[bytes]:
    lines = b"".join(_contents("github/replay", "Search.testSearchRepos.jsonl", 10**7)).splitlines()
    pages = [json.loads(json.loads(line)["response"]["body"]) for line in lines]
    return [json.dumps(page | {"items": page["items"][:3]}).encode() for page in pages]


def _first_members(body: bytes) -> bytes:
    """Return the tarball with its first members alone, their headers as they came."""
    plain = gzip.decompress(body)
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        end = max(m.offset for m in archive if m.offset <= _MAX_TAR_BYTES)
    return gzip.compress(plain[:end] + bytes(1024), mtime=0)


@cache
def _made_warc() -> bytes:
    page = (_PAGE % (_SENTENCE * 12)).encode()
    captures = (
        Capture("https://example.org/a", _AT, page, headers=(("Last-Modified", "Mon, 05 Oct 2026 12:00:00 GMT"),)),
        Capture(
            "https://example.org/b?x=%20", _AT, page, headers=(("X-Robots-Tag", "googlebot: noindex, ccbot: none"),)
        ),
        Capture("https://example.org/c", _AT, b"%PDF-1.4", content_type="application/pdf"),
        Capture("https://example.org/d", _AT, b"moved", status="301 Moved Permanently"),
    )
    return warc_file("CC-MAIN-2026-44", "made.warc.gz", captures, _AT)


def _contents(folder: str, pattern: str, max_bytes: int) -> list[bytes]:
    return [path.read_bytes() for path in _real(folder, pattern, max_bytes)]


def _real(folder: str, pattern: str, max_bytes: int) -> Iterable[Path]:
    return sorted(path for path in (DATA / folder).glob(pattern) if path.stat().st_size <= max_bytes)

"""The web of the demo: manual pages of Python as articles, pydoc's own pages, and pages that must not pass.

`demo/planted/REASON.html` holds the body of the page that is expected to be dropped for that reason.
"""

import html
import json
import pydoc
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import import_module
from itertools import islice
from pathlib import Path

from demo import corpora
from demo.archives import Capture, warc_file
from demo.records import Crawl

PLANTED = Path(__file__).with_name("planted")
SEPTEMBER_CRAWL = "CC-MAIN-2026-39"
OCTOBER_CRAWL = "CC-MAIN-2026-44"
SEPTEMBER_STARTED_AT = datetime(2026, 9, 21, 4, 10, 9)
OCTOBER_STARTED_AT = datetime(2026, 10, 26, 3, 22, 41)
CRAWL_DURATION = timedelta(days=12)
# How many of the manual pages were published in September; the others are October's.
SEPTEMBER_PAGE_COUNT = 4
# Modules whose documentation pydoc renders: real HTML of another kind than ours.
PYDOC_MODULES = ("bisect", "copy", "fractions", "graphlib", "heapq", "sched", "shlex", "statistics", "textwrap")
# So many sites make a notice boilerplate; each has less of its own than would save it and more than a near copy.
NOTICE_SITE_COUNT = 10
NOTICE_OWN_CHARS = range(260, 400)
GZIP_MAGIC = b"\x1f\x8b\x08"
SITES = ("https://manual.example.org", "https://www.example.net", "https://reading.example.com")


def make_september_crawl() -> Crawl:
    """Return the crawl of September: a few pages, all of them fresh."""
    pages = islice(corpora.manual_pages().items(), SEPTEMBER_PAGE_COUNT)
    captures = [_article(name, text, number, SEPTEMBER_STARTED_AT) for number, (name, text) in enumerate(pages)]
    return _crawl(SEPTEMBER_CRAWL, "September 2026 Index", SEPTEMBER_STARTED_AT, captures)


def make_october_crawl(leaked_items: Sequence[str]) -> Crawl:
    """Return the crawl of October. `leaked_items` are benchmark items that somebody copied into a page."""
    pages = list(corpora.manual_pages().items())[SEPTEMBER_PAGE_COUNT:]
    articles = [_article(name, text, number, OCTOBER_STARTED_AT) for number, (name, text) in enumerate(pages)]
    documentation = [_pydoc_page(name) for name in PYDOC_MODULES]
    captures = [
        *articles,
        *documentation,
        *_planted_pages(),
        *_copies(pages, leaked_items),
        *_notices(pages),
        *_other_records(articles[0]),
    ]
    return _crawl(OCTOBER_CRAWL, "October 2026 Index", OCTOBER_STARTED_AT, captures)


def page_html(body: str, head: str, language: str = "en") -> bytes:
    """Put an article into the frame of a site: navigation, sidebar and footer that an extractor must see through."""
    title = re.sub("<[^>]+>", "", body.partition("</h1>")[0]).strip() or "Untitled"
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n{head}\n'
        '<link rel="stylesheet" href="/style.css">\n</head>\n<body>\n'
        '<header><nav><ul><li><a href="/">Home</a></li><li><a href="/topics">Topics</a></li>'
        '<li><a href="/about">About</a></li></ul></nav></header>\n'
        f"<main><article>\n{body}\n</article></main>\n"
        '<aside><h3>Read on</h3><ul><li><a href="/a">Most read</a></li><li><a href="/b">Newest</a></li></ul></aside>\n'
        "<footer><p>Imprint | Privacy | Contact</p></footer>\n</body>\n</html>\n"
    ).encode()


def published(moment: datetime, notation: int = 0) -> str:
    """Say when a page was published, in one of three notations that sites use."""
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    linked = json.dumps({"@context": "https://schema.org", "@type": "Article", "datePublished": stamp})
    notations = (
        f'<meta property="article:published_time" content="{stamp}">',
        f'<script type="application/ld+json">{linked}</script>',
        f'<meta name="date" content="{moment.date().isoformat()}">',
    )
    return notations[notation % len(notations)]


def _article(name: str, text: str, number: int, crawled_at: datetime) -> Capture:
    written_at = crawled_at - timedelta(days=2 + number % 18, hours=number)
    # Every third address carries its date: a second witness.
    folder = written_at.strftime("/%Y/%m/%d") if number % 3 == 0 else "/articles"
    url = f"{SITES[number % len(SITES)]}{folder}/{name}"
    return Capture(
        url, crawled_at + timedelta(minutes=3 * number), _article_html(name, text, published(written_at, number))
    )


def _article_html(name: str, text: str, head: str) -> bytes:
    paragraphs = corpora.paragraphs(re.sub(r"\n[*=~^-]{4,}\n", "\n\n", text))
    body = f"<h1>On {html.escape(name)}</h1>\n" + "\n".join(f"<p>{html.escape(one)}</p>" for one in paragraphs)
    return page_html(body, head)


def _pydoc_page(module: str) -> Capture:
    """Let pydoc render a module and add what a documentation site adds: when the page went online."""
    renderer = pydoc.HTMLDoc()
    page = renderer.page(f"Python: module {module}", renderer.document(import_module(module), module))
    head = published(OCTOBER_STARTED_AT - timedelta(days=6))
    return Capture(
        f"https://docs.example.org/modules/{module}.html",
        OCTOBER_STARTED_AT + timedelta(hours=2),
        page.replace("<head>", f"<head>{head}", 1).encode(),
    )


def _planted_pages() -> list[Capture]:
    pages = {path.stem: path.read_text(encoding="utf-8") for path in sorted(PLANTED.glob("*.html"))}
    manual = [one for text in corpora.manual_pages().values() for one in corpora.paragraphs(text)]
    pages["too_many_words"] = "<h1>All at once</h1>" + "".join(f"<p>{html.escape(one)}</p>" for one in manual)
    languages = {"german": "de", "french": "fr"}
    return [
        _page(name, body, published(OCTOBER_STARTED_AT - timedelta(days=5), n), language=languages.get(name, "en"))
        for n, (name, body) in enumerate(pages.items())
    ] + _badly_dated(pages["plain"])


def _badly_dated(body: str) -> list[Capture]:
    """Return pages whose text is sound and whose dates are not; the address and first words tell them apart."""
    after = OCTOBER_STARTED_AT + timedelta(days=9)
    heads = {
        "too_old": published(datetime(2014, 3, 8)),
        "old_but_touched": published(datetime(2016, 7, 1))
        + '<meta property="article:modified_time" content="2026-10-20T08:00:00+00:00">',
        "undated": "",
        "after_window": published(after),
        "no_robots": published(OCTOBER_STARTED_AT) + '<meta name="robots" content="noindex, nofollow">',
    }
    captured_at = after + timedelta(days=1)
    return [
        _page(name, body.replace("<p>", f"<p>({name.replace('_', ' ')}) ", 1), head, captured_at=captured_at)
        for name, head in heads.items()
    ]


def _copies(pages: list[tuple[str, str]], leaked_items: Sequence[str]) -> list[Capture]:
    """Return copies of what stands elsewhere: of this month, of last month, and of benchmarks."""
    (first_name, first), (second_name, second) = pages[6], pages[9]
    _, older = next(iter(corpora.manual_pages().items()))
    late = OCTOBER_STARTED_AT + timedelta(days=1)
    plain = (PLANTED / "plain.html").read_text(encoding="utf-8")
    leaks = "".join(f"<p>{html.escape(item)}</p>" for item in leaked_items)
    head = published(OCTOBER_STARTED_AT - timedelta(hours=3))
    copied = {
        "exact_duplicate": (first_name, first),
        "near_duplicate": (second_name, second + "\n\nThis copy was made for readers abroad."),
        "history_exact_duplicate": (next(iter(corpora.manual_pages())), older),
    }
    return [
        *(
            Capture(f"https://mirror.example.com/{name}", late, _article_html(title, text, head))
            for name, (title, text) in copied.items()
        ),
        _page("contaminated", plain.replace("weather", "cloud") + leaks, head),
    ]


def _notices(pages: list[tuple[str, str]]) -> list[Capture]:
    """Return ten sites with a paragraph of their own each over the same notice; whose was the first is kept."""
    _, _, notice = (PLANTED / "boilerplate.html").read_text(encoding="utf-8").partition("</p>\n")
    own = dict.fromkeys(one for _, text in pages for one in corpora.paragraphs(text) if len(one) in NOTICE_OWN_CHARS)
    return [
        Capture(
            f"https://www.club-{number}.example/notice",
            OCTOBER_STARTED_AT + timedelta(hours=number),
            page_html(
                f"<h1>A word of club {number}</h1>\n<p>{html.escape(text)}</p>\n{notice}",
                published(OCTOBER_STARTED_AT - timedelta(days=9, hours=-number)),
            ),
        )
        for number, text in enumerate(islice(own, NOTICE_SITE_COUNT), 1)
    ]


def _other_records(sound: Capture) -> list[Capture]:
    """Return what a crawl holds besides sound pages: files, errors, empty shells, and the same page once more."""
    shell = b"<!DOCTYPE html><html><head><title>App</title></head><body><div id='app'></div></body></html>"
    at = OCTOBER_STARTED_AT + timedelta(hours=5)
    return [
        Capture("https://www.example.net/paper.pdf", at, b"%PDF-1.5\n%%EOF\n", content_type="application/pdf"),
        Capture("https://www.example.net/data.json", at, b'{"a": 1}', content_type="application/json"),
        Capture("https://www.example.net/missing", at, b"<h1>Not found</h1>", status="404 Not Found"),
        Capture("https://www.example.net/app", at, shell),
        Capture("https://www.example.net/empty", at, b""),
        sound,
    ]


def _page(
    name: str, body: str, head: str, *, language: str = "en", captured_at: datetime = OCTOBER_STARTED_AT
) -> Capture:
    site = SITES[len(name) % len(SITES)]
    return Capture(f"{site}/planted/{name}", captured_at, page_html(body, head, language))


def _crawl(crawl_id: str, name: str, started_at: datetime, captures: list[Capture]) -> Crawl:
    """Write the captures into two WARC files, in turn. Each breaks off in its last record, as if the disk was full."""
    damaged = warc_file(crawl_id, "", captures[:1], started_at)[:-120]
    damaged = damaged[damaged.rindex(GZIP_MAGIC) :]
    stamp = started_at.strftime("%Y%m%d%H%M%S")
    files = {}
    for number in range(2):
        file_name = f"CC-MAIN-{stamp}-{number:05d}.warc.gz"
        path = f"crawl-data/{crawl_id}/segments/{stamp}.17/warc/{file_name}"
        files[path] = warc_file(crawl_id, file_name, captures[number::2], started_at) + damaged
    return Crawl(crawl_id, name, started_at, started_at + CRAWL_DURATION, files)

"""The material of the demo's internet, made on the spot from what every machine with Freshpress has.

September holds a little, October repeats some of it and adds the rest; between them they show every reason for which
a text can be dropped. The same machine always makes the same bytes.
"""

from demo.benchmarks import Benchmark, make_benchmarks
from demo.material_arxiv import make_october_papers, make_september_papers
from demo.material_common_crawl import make_october_crawl, make_september_crawl
from demo.material_github import make_october_repositories, make_september_repositories
from demo.records import Material

SEPTEMBER = "2026-09"
OCTOBER = "2026-10"
# How many items of each benchmark are copied into a fresh text.
LEAKED_ITEM_COUNT = 4
# What a home of the demo sets besides the addresses, so that small material passes every limit once.
SETTINGS: dict[str, dict[str, object]] = {
    "crawler": {"contact": "https://github.com/freshpress (demo on loopback)"},
    "crawler.github": {"max_file_bytes": 100_000},
    "curation.quality": {"max_words": 6_000},
    "curation.sampling": {"budget_chars": 200_000},
}


def make_material(month: str = OCTOBER) -> Material:
    """Return what the internet holds at the end of a month, "2026-09" or "2026-10"."""
    september = Material(
        tuple(make_september_repositories()), tuple(make_september_papers()), (make_september_crawl(),)
    )
    if month == SEPTEMBER:
        return september
    leaks = {benchmark.area: _leaked_items(benchmark) for benchmark in make_benchmarks()}
    return Material(
        (*september.repositories, *make_october_repositories(leaks["coding"])),
        (*september.papers, *make_october_papers(leaks["math"])),
        (*september.crawls, make_october_crawl(leaks["knowledge"])),
    )


def _leaked_items(benchmark: Benchmark) -> list[str]:
    return [item.text for item in benchmark.items[:LEAKED_ITEM_COUNT]]

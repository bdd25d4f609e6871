"""Text that every machine with Freshpress has: sources, docstrings and manuals of Python and of installed packages.

It is dealt out so that nothing is in two places: what stands on the demo's internet, what the ladder is trained on,
and what the benchmarks ask for are different packages, or different paragraphs of a manual. Nothing is imported to be
read. The order is always the same.
"""

import ast
import re
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError
from importlib.util import find_spec
from pathlib import Path
from pydoc_data.topics import topics as python_topics

from storage.records import content_id

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))
# Packages whose files are repositories of the demo's internet; `demo/material_github.py` says when each was "created".
OCTOBER_PACKAGES = (
    "asyncio", "email", "unittest", "xml", "wsgiref", "importlib", "jinja2", "joblib", "apscheduler", "rich", "scrapy",
)  # fmt: skip
SEPTEMBER_PACKAGES = ("courlan", "tqdm")
TRAINING_PACKAGES = ("networkx", "narwhals", "twisted", "multiprocessing")
BENCHMARK_PACKAGES = ("pydantic", "datasketch", "w3lib", "fsspec")
# Mathematics in LaTeX, as docstrings.
TRAINING_MATHEMATICS = ("scipy.stats", "scipy.optimize", "sympy.stats", "sympy.functions")
BENCHMARK_MATHEMATICS = ("scipy.special", "sympy.physics", "scipy.signal")
# Long descriptions of packages, as they stand on the package index.
TRAINING_READMES = (
    "pydantic", "yarl", "dateparser", "tqdm", "charset-normalizer", "sentencepiece", "defusedxml", "torch", "propcache",
    "detect-secrets", "wcwidth", "itemadapter", "pytz", "frozenlist", "transformers", "annotated-types",
)  # fmt: skip
BENCHMARK_READMES = (
    "narwhals",
    "sympy",
    "queuelib",
    "tomli",
    "trafilatura",
    "tokenizers",
    "tldextract",
    "attrs",
    "h11",
)
# A manual page that is an article by itself; longer ones are compilations of these.
PAGE_CHARS = range(1_400, 14_000)
# Texts that share this many words in a row are taken for copies of each other.
RUN_WORDS = 10


def source_files(package: str, sizes: range, most: int) -> dict[str, bytes]:
    """Return up to `most` source files of a package, path → bytes, of a size that gives every file a say."""
    folder = _folder(package)
    found = sorted(path for path in folder.rglob("*.py") if path.stat().st_size in sizes and not _is_test(path))
    chosen = sorted(found, key=lambda path: content_id(package, path.relative_to(folder).as_posix()))[:most]
    return {f"{package}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in sorted(chosen)}


def docstrings(package: str, shortest: int = 300) -> Iterator[tuple[str, str]]:
    """Yield the longer docstrings of a package, each with the name of its file."""
    for path in sorted(_folder(package).rglob("*.py")):
        if _is_test(path):
            continue
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue  # files of other Python versions and templates are no loss here
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node)
                if text and len(text) >= shortest:
                    yield path.name, text


def manual_pages() -> dict[str, str]:
    """Return the pages of the Python language reference that are articles by themselves, title → text."""
    return {
        name: text
        for name, text in sorted(python_topics.items())
        # Grammar and f-strings show curly brackets, which no filter for prose lets through.
        if len(text) in PAGE_CHARS and "{" not in text
    }


def manual_paragraphs() -> list[str]:
    """Return the paragraphs of the language reference that share no run of words with a manual page, each once."""
    seen = {run for text in manual_pages().values() for run in _runs_of_words(text)}
    kept: dict[str, None] = {}
    for _, text in sorted(python_topics.items()):
        for paragraph in paragraphs(text):
            if len(paragraph) > 80 and seen.isdisjoint(_runs_of_words(paragraph)):
                kept.setdefault(paragraph)
    return list(kept)


def benchmark_paragraphs() -> list[str]:
    """Return every third of these paragraphs, for the benchmarks."""
    return manual_paragraphs()[::3]


def training_texts() -> Iterator[str]:
    """Yield what the ladder is trained on: code, manuals and mathematics in about equal parts."""
    for package in TRAINING_PACKAGES:
        for source in source_files(package, range(1_500, 30_000), 40).values():
            yield source.decode()
    held_out = set(benchmark_paragraphs())
    yield from (paragraph for paragraph in manual_paragraphs() if paragraph not in held_out)
    yield from readmes(TRAINING_READMES)
    for package in TRAINING_MATHEMATICS:
        yield from (text for _, text in docstrings(package))


def readmes(names: Iterable[str]) -> Iterator[str]:
    """Yield the long descriptions of those of the packages that are installed."""
    for name in names:
        try:
            text = Distribution.from_name(name).read_text("METADATA") or ""
        except PackageNotFoundError:
            continue
        yield text.partition("\n\n")[2]


def paragraphs(text: str) -> list[str]:
    """Split at blank lines and join the lines of each paragraph."""
    return [" ".join(block.split()) for block in re.split(r"\n\s*\n", text) if block.strip()]


def _folder(package: str) -> Path:
    top, _, rest = package.partition(".")
    spec = find_spec(top)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"The demo reads the sources of {package}, which is not installed.")
    return Path(next(iter(spec.submodule_search_locations)), *rest.split(".") if rest else ())


def _is_test(path: Path) -> bool:
    return any(part in {"test", "tests", "testing"} for part in path.parts) or path.name.startswith("test_")


def _runs_of_words(text: str) -> set[str]:
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[at : at + RUN_WORDS]) for at in range(max(1, len(words) - RUN_WORDS + 1))}

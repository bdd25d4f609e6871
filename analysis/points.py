"""What goes into a fit: compression per source, benchmark results, and every model that is left out, with the reason.

The pairing of areas and sources is the paper's: knowledge with web pages, coding with code, math with papers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from storage.records import BenchmarkResult

AREA_SOURCES: Mapping[str, str] = MappingProxyType({"knowledge": "common_crawl", "coding": "github", "math": "arxiv"})
OVERALL = "overall"
# The source of an overall fit: the unweighted mean of the sources.
ALL_SOURCES = "mean of three"


@dataclass(frozen=True, slots=True)
class CompressionPoint:
    """What one model needs per character of one source."""

    model_id: str
    family: str
    source: str
    bits_per_character: float


@dataclass(frozen=True, slots=True)
class Point:
    """One model in one fit: what it needs per character of the fit's source, and its score in 0–1."""

    model_id: str
    family: str
    bits_per_character: float
    value: float


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A model that somebody leaves out of the fits of one area on purpose. `overall` is an area of its own here."""

    area: str
    model_id: str
    reason: str
    source: str | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A model that is missing where a reader might look for it. The scope is an area, a benchmark, a source or all."""

    model_id: str
    scope: str
    reason: str


@dataclass(frozen=True, slots=True)
class CorrelationInput:
    """The material of a set of fits: one protocol, one `reported_by`, models only (codecs are floor rows).

    `left_out` names models that never became points: of scope `all`, or of the one source they lack.
    """

    reported_by: str | None
    compressions: tuple[CompressionPoint, ...]
    benchmarks: tuple[BenchmarkResult, ...]
    exclusions: tuple[Exclusion, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    floors: tuple[CompressionPoint, ...] = ()

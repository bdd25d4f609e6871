"""The leaderboard of the page: models by bits per character with their intervals and tied ranks, codecs as the floor.

What the template needs to sort and to filter stands in the rows, so that the page does both without asking anybody.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.comparison import Compression
from analysis.ranking import Ranked
from analysis.report_material import Material, rows_of

# Most readers think of the sources in this order, which is that of the areas in the paper.
SOURCE_ORDER = ("common_crawl", "github", "arxiv")
MEAN = "mean"
NO_SIZE = "unknown"
_UNITS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K"), (1, ""))


@dataclass(frozen=True, slots=True)
class Standing:
    """One model or codec in the table of the page. `mean` is None where a source of the snapshot is missing.

    `rank` is the place in the table; `ranks` the first and the last that the intervals leave open, None where nothing
    is ranked. `intervals` are those of bits per character by source, and by `mean`.
    """

    rank: int | None
    model_id: str
    name: str
    family: str
    kind: str
    parameter_count: int | None
    bits_per_character: Mapping[str, float]
    mean: float | None
    bits_per_byte: float
    intervals: Mapping[str, tuple[float, float]]
    ranks: tuple[int, int] | None

    @property
    def size(self) -> str:
        """Return the class of its number of parameters."""
        return NO_SIZE if self.parameter_count is None else size_class(self.parameter_count)

    @property
    def shown_size(self) -> str:
        """Return its number of parameters as people say it."""
        return "–" if self.parameter_count is None else shown_count(self.parameter_count)


@dataclass(frozen=True, slots=True)
class Choice:
    """One value to filter by, and how many rows have it."""

    value: str
    row_count: int


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """The rows of the leaderboard, and what they can be filtered by: column → values where there are several."""

    models: tuple[Standing, ...]
    codecs: tuple[Standing, ...]
    sources: tuple[str, ...]
    choices: Mapping[str, tuple[Choice, ...]]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of bits per character: the mean, where it is not its one source, and the sources."""
        return (MEAN, *self.sources) if len(self.sources) > 1 else self.sources

    @property
    def has_intervals(self) -> bool:
        """Say whether any number comes with its interval."""
        return any(one.intervals for one in self.models)

    @property
    def has_ties(self) -> bool:
        """Say whether any two models share a rank."""
        return any(one.ranks and one.ranks[0] < one.ranks[1] for one in self.models)


def compared_sources(material: Material) -> list[str]:
    """Return the sources on which something is compared, in reading order."""
    present = {row.source for row in material.comparison.compressions} if material.comparison else set()
    return [source for source in SOURCE_ORDER if source in present] + sorted(present - set(SOURCE_ORDER))


def standings(material: Material, ranked: Sequence[Ranked] = ()) -> list[Standing]:
    """Return models, the best compressor first, and then codecs likewise, which have no rank."""
    if material.comparison is None:
        return []
    source_count = len(compared_sources(material))
    sizes = _parameter_counts(material)
    rows: dict[str, list[Compression]] = {}
    for row in material.comparison.compressions:
        rows.setdefault(row.model_id, []).append(row)
    found = [_standing(material, own, source_count, sizes, ranked) for own in rows.values()]
    ordered = sorted(found, key=_order)
    models = [one for one in ordered if one.kind != "codec"]
    placed = [one if one.mean is None else replace(one, rank=at) for at, one in enumerate(models, start=1)]
    return [*placed, *(one for one in ordered if one.kind == "codec")]


def leaderboard(material: Material, table: Sequence[Standing]) -> Leaderboard:
    """Return the standings as the page sorts and filters them."""
    models = tuple(one for one in table if one.kind != "codec")
    return Leaderboard(
        models=models,
        codecs=tuple(one for one in table if one.kind == "codec"),
        sources=tuple(compared_sources(material)),
        choices=_choices(
            family=sorted(one.family for one in models),
            size=[one.size for one in sorted(models, key=_by_size)],
            kind=sorted(one.kind for one in models),
        ),
    )


def size_class(parameter_count: int) -> str:
    """Return between which of 1, 3, 10, 30, … a number of parameters lies.

    >>> size_class(1_300_000_000)
    '1B–3B'
    """
    power = 10 ** (len(str(parameter_count)) - 1)
    low, high = (power, 3 * power) if parameter_count < 3 * power else (3 * power, 10 * power)
    return f"{shown_count(low)}–{shown_count(high)}"


def shown_count(count: int) -> str:
    """Return a number of parameters as people say it.

    >>> shown_count(7_241_732_096)
    '7.2B'
    """
    # 999.6 million is said to be 1B, not 1000M.
    unit, letter = next(((unit, letter) for unit, letter in _UNITS if count >= 0.9995 * unit), _UNITS[-1])
    value = count / unit
    return (f"{value:.1f}".removesuffix(".0") if value < 10 and unit > 1 else f"{value:.0f}") + letter


def _standing(
    material: Material,
    rows: Sequence[Compression],
    source_count: int,
    sizes: Mapping[str, int],
    ranked: Sequence[Ranked],
) -> Standing:
    first = rows[0]
    by_source = {row.source: row.bits_per_character for row in rows}
    of_it = [one for one in ranked if one.model_id == first.model_id]
    return Standing(
        rank=None,
        model_id=first.model_id,
        name=material.name(first.model_id),
        family=first.family,
        kind=first.kind,
        parameter_count=sizes.get(first.model_id),
        bits_per_character=by_source,
        # Unweighted, as `correlate` sets it against the mean of the area scores.
        mean=sum(by_source.values()) / len(by_source) if len(by_source) == source_count else None,
        bits_per_byte=sum(row.total_bits for row in rows) / sum(row.byte_count for row in rows),
        intervals={
            one.source or MEAN: (one.interval_low, one.interval_high)
            for one in of_it
            if one.interval_low is not None and one.interval_high is not None
        },
        ranks=_ranks(next((one for one in of_it if one.source is None), None)),
    )


def _ranks(overall: Ranked | None) -> tuple[int, int] | None:
    if overall is None or overall.rank_low is None or overall.rank_high is None:
        return None
    return overall.rank_low, overall.rank_high


def _parameter_counts(material: Material) -> dict[str, int]:
    counts = {str(row["model_id"]): row["parameter_count"] for row in rows_of(material.answers["models"])}
    return {model_id: int(str(count)) for model_id, count in counts.items() if count is not None}


def _order(one: Standing) -> tuple[bool, float, str]:
    return (one.mean is None, one.mean if one.mean is not None else one.bits_per_byte, one.model_id)


def _by_size(one: Standing) -> float:
    return one.parameter_count if one.parameter_count is not None else float("inf")


def _choices(**columns: Sequence[str]) -> dict[str, tuple[Choice, ...]]:
    """Count each value, in the order of the first of it; a value that all share is no choice."""
    counts = {column: Counter(values) for column, values in columns.items()}
    return {
        column: tuple(Choice(value, count) for value, count in found.items())
        for column, found in counts.items()
        if len(found) > 1
    }

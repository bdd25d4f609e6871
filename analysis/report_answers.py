"""The answers in words: who compresses best, and does that match benchmarks? No word says more than the numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.comparison import Comparison, Compression
from analysis.correlation import Correlation
from analysis.points import OVERALL
from analysis.report_material import Material

# Most readers think of the sources in this order, which is that of the areas in the paper.
SOURCE_ORDER = ("common_crawl", "github", "arxiv")
NUMBER_WORDS = {1: "one source", 2: "two sources", 3: "three sources"}


@dataclass(frozen=True, slots=True)
class Standing:
    """One model or codec in the table of the page. `mean` is None where a source of the snapshot is missing."""

    rank: int | None
    model_id: str
    name: str
    family: str
    kind: str
    bits_per_character: Mapping[str, float]
    mean: float | None
    bits_per_byte: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A headline and the sentences under it."""

    headline: str
    sentences: tuple[str, ...]


def compared_sources(material: Material) -> list[str]:
    """Return the sources on which something is compared, in reading order."""
    present = {row.source for row in material.comparison.compressions} if material.comparison else set()
    return [source for source in SOURCE_ORDER if source in present] + sorted(present - set(SOURCE_ORDER))


def standings(material: Material) -> list[Standing]:
    """Return models, the best compressor first, and then codecs likewise, which have no rank."""
    if material.comparison is None:
        return []
    sources = compared_sources(material)
    found = [_standing(material, material.comparison, model.model_id, sources) for model in material.comparison.models]
    ordered = sorted((one for one in found if one), key=_order)
    models = [one for one in ordered if one.kind != "codec"]
    ranked = [_ranked(one, rank) for rank, one in enumerate(models, start=1)]
    return [*ranked, *(one for one in ordered if one.kind == "codec")]


def compression_answer(material: Material, table: Sequence[Standing]) -> Answer:
    """Say who compresses best, by how much, and how far above the codecs that is."""
    models = [one for one in table if one.kind != "codec" and one.mean is not None]
    if not models:
        return Answer(f"No model is compared on {material.snapshot.snapshot_id} yet", (_why_none(material),))
    best = models[0]
    assert best.mean is not None
    sources = compared_sources(material)
    where = NUMBER_WORDS.get(len(sources), f"{len(sources)} sources")
    mean = f"the mean of {where}" if len(sources) > 1 else f"on {sources[0]}"
    codec = next((one for one in table if one.kind == "codec" and one.mean is not None), None)
    floor = _beside_codec(best.mean, codec.mean, codec.name) if codec and codec.mean else ""
    sentences = [f"It needs {best.mean:.3f} bits per character, {mean}{floor}."]
    if len(models) > 1:
        sentences.append(f"{models[1].name} comes next with {models[1].mean:.3f}.")
    return Answer(f"{best.name} compresses fresh text best", tuple(sentences))


def benchmark_answer(material: Material) -> Answer:
    """Say whether compression tells benchmark results, with n and the interval."""
    fit = headline_fit(material.fits)
    if fit is None:
        return Answer("Not known yet", (_why_no_fit(material),))
    if fit.pearson is None:
        return Answer("Not known yet", (f"The fit of {fit.reported_by} has no coefficient: {fit.remark}.",))
    what = "the mean of the three areas" if fit.area == OVERALL else f"{fit.area}"
    sentences = [
        f"Over {fit.n} models of {fit.family_count} families, against {what} as reported by {fit.reported_by}."
    ]
    if fit.remark:
        sentences.append(f"{fit.remark[:1].upper()}{fit.remark[1:]}.")
    return Answer(_verdict(fit), tuple(sentences))


def headline_fit(fits: Sequence[Correlation]) -> Correlation | None:
    """Return the fit the first screen shows: overall, or the first area with a coefficient where overall has none."""
    overall = next((fit for fit in fits if fit.area == OVERALL), None)
    if overall and overall.pearson is not None:
        return overall
    return next((fit for fit in fits if fit.pearson is not None), overall)


def interval_text(fit: Correlation) -> str | None:
    """Return the interval of a coefficient as people read it."""
    if fit.interval_low is None or fit.interval_high is None:
        return None
    return f"{fit.confidence:.0%} interval {signed(fit.interval_low)} to {signed(fit.interval_high)}"


def signed(value: float) -> str:
    """Print a coefficient with a true minus sign."""
    return f"{value:.3f}".replace("-", "−")


def _standing(material: Material, comparison: Comparison, model_id: str, sources: Sequence[str]) -> Standing | None:
    rows = [row for row in comparison.compressions if row.model_id == model_id]
    if not rows:
        return None
    by_source = {row.source: row.bits_per_character for row in rows}
    # Unweighted, as `correlate` sets it against the mean of the area scores.
    mean = sum(by_source.values()) / len(by_source) if len(by_source) == len(sources) else None
    first = rows[0]
    return Standing(
        None, model_id, material.name(model_id), first.family, first.kind, by_source, mean, _bits_per_byte(rows)
    )


def _bits_per_byte(rows: Sequence[Compression]) -> float:
    return sum(row.total_bits for row in rows) / sum(row.byte_count for row in rows)


def _order(one: Standing) -> tuple[bool, float, str]:
    return (one.mean is None, one.mean if one.mean is not None else one.bits_per_byte, one.model_id)


def _ranked(one: Standing, rank: int) -> Standing:
    return Standing(
        rank if one.mean is not None else None,
        one.model_id, one.name, one.family, one.kind, one.bits_per_character, one.mean, one.bits_per_byte,
    )  # fmt: skip


def _why_none(material: Material) -> str:
    snapshot_id = material.snapshot.snapshot_id
    if material.comparison is None:
        return f"No model is scored on it; `freshpress score --snapshot {snapshot_id}` scores every active one."
    note = material.comparison.note or f"no model is scored on every source of {snapshot_id}."
    return f"{note[:1].upper()}{note[1:]}"


def _beside_codec(bits: float, codec_bits: float, codec: str) -> str:
    saved = 1 - bits / codec_bits
    compared = f"{abs(saved):.0%} {'less' if saved >= 0 else 'more'} than"
    return f": {compared} {codec}, the best general-purpose compressor ({codec_bits:.3f})"


def _why_no_fit(material: Material) -> str:
    if material.comparison is None or material.comparison.note:
        return "There is no compression to compare with benchmark results yet."
    return (
        "No benchmark result of a compared base model is imported; `freshpress benchmarks import FILE` brings them in."
    )


def _verdict(fit: Correlation) -> str:
    """Read the interval: only one that excludes zero settles the sign."""
    if fit.interval_low is None or fit.interval_high is None:
        return "A coefficient, but no interval"
    if fit.interval_high < 0:
        return "Yes: fewer bits, higher scores"
    if fit.interval_low > 0:
        return "No: more bits, higher scores"
    return "Not settled: the interval includes zero"

"""The tables of the page: what each shows to people, and the same rows in full beside it for programs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from analysis.comparison import Compression
from analysis.correlation import Correlation
from analysis.listings import correlation_table, short_correlation_table
from analysis.points import LeftOut
from analysis.ranking import Ranked
from analysis.report_cells import heading, is_number, shown_value
from analysis.report_leaderboard import MEAN, Standing, compared_sources
from analysis.report_material import Material, rows_of
from analysis.tables import Table

SOURCE_COLUMNS = (
    "source", "model", "kind", "rank_low", "rank_high", "document_count", "cluster_count", "char_count",
    "bits_per_character", "bits_per_character_low", "bits_per_character_high", "bits_per_byte", "bits_per_byte_low",
    "bits_per_byte_high", "rate_percent", "model_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table of the page. `files` is what CSV and Parquet hold; `shown` is the part of it people read."""

    name: str
    caption: str
    shown: Table
    files: Table
    empty: str

    def is_right(self) -> tuple[bool, ...]:
        """Say of every shown column whether its values are numbers, which stand right."""
        return tuple(any(is_number(value) for value in column) for column in zip(*self.shown.rows, strict=True))


def page_tables(material: Material, table: Sequence[Standing], meanings: Mapping[str, str]) -> dict[str, PageTable]:
    """Return every table of the page by name."""
    answers = material.answers
    made = [
        _standings(material, table),
        _sources(material),
        _compared(material),
        _scores(answers["compression"]),
        _fits(material),
        _residuals(material),
        _members(material),
        _left_out(material),
        _dropped(answers["verdicts"], answers["report_balance"], meanings),
        _ledger(answers["report_ledger"], meanings),
        _plain("balance", "From what was met to what was kept", answers["report_balance"], "No crawl of it is known."),
        _plain("texts", "What the snapshot holds", answers["report_texts"], "The snapshot holds no text."),
        _plain("grades", "How sure the dates are", answers["report_grades"], "The snapshot holds no text."),
        _plain("examples", "A draw of the kept texts", answers["report_examples"], "The snapshot holds no text."),
        _plain("crawls", "The crawls", answers["report_crawls"], "No crawl of it is known.", hide=("crawl_run_id",)),
        _plain("scoring_runs", "The scoring runs", answers["report_scoring_runs"], "Nothing is scored on it.",
               hide=("model_id", "scoring_run_id", "kind")),
        _plain("audits", "Texts coded by a model's own probabilities and decoded again", answers["report_audits"],
               "None was audited."),
        _plain("references", "Texts it must not repeat", answers["report_references"], "No set is registered."),
        _plain("curation", "What the filters find of texts planted into this curation, and claim of clean ones",
               answers["report_curation"], "The filters were not measured."),
        _plain("costs", "What scoring took, and what the run before had predicted", answers["report_costs"],
               "Nothing is scored on it.", hide=("model_id",)),
        _plain("min_k", "Bits of the least likely fifth of each item's tokens: quantiles over the items",
               answers["report_min_k"], "No reference set is scored.", hide=("model_id",)),
        _plain("jobs", "The last run of each job", answers["status_jobs"], "No job has run."),
        _facts("snapshot", "The snapshot", _snapshot_row(material)),
        _facts("protocol", "The protocol", next(iter(rows_of(answers["report_protocol"])), {})),
    ]  # fmt: skip
    return {one.name: one for one in made}


# --- single tables ----------------------------------------------------------------------------------------


def _standings(material: Material, table: Sequence[Standing]) -> PageTable:
    sources = compared_sources(material)
    columns = (
        "rank", "rank_low", "rank_high", "model", "family", "kind", "parameter_count", *sources, "mean_of_sources",
        "mean_low", "mean_high", "bits_per_byte", "model_id",
    )  # fmt: skip
    rows = tuple(
        (one.rank, *(one.ranks or (None, None)), one.name, one.family, one.kind, one.parameter_count,
         *(one.bits_per_character.get(source) for source in sources), one.mean,
         *one.intervals.get(MEAN, (None, None)), one.bits_per_byte, one.model_id)
        for one in table
    )  # fmt: skip
    full = Table(columns, rows)
    return PageTable("standings", "Bits per character on the same fresh texts", full, full, "No model is compared.")


def _sources(material: Material) -> PageTable:
    """List bits per character and per byte with intervals; of bytes they follow from the texts' characters per byte."""
    ranked = {(one.model_id, one.source): one for one in material.ranked}
    compressions = material.comparison.compressions if material.comparison else ()
    ordered = sorted(compressions, key=lambda c: (c.source, c.bits_per_character))
    rows = tuple((*_source_row(one, ranked.get((one.model_id, one.source))), one.model_id) for one in ordered)
    full = Table(SOURCE_COLUMNS, tuple((row[0], material.name(row[-1]), *row[1:]) for row in rows))
    caption = "The same, source by source, the best first, with intervals"
    return PageTable("by_source", caption, without(full, ("model_id",)), full, "No model is compared.")


def _source_row(one: Compression, ranked: Ranked | None) -> tuple[Any, ...]:
    bits, of_bytes = one.bits_per_character, one.bits_per_byte
    low, high = (ranked.interval_low, ranked.interval_high) if ranked else (None, None)
    scaled = (None if end is None else end * of_bytes / bits for end in (low, high))
    ranks = (ranked.rank_low, ranked.rank_high) if ranked else (None, None)
    clusters = ranked.cluster_count if ranked else None
    return (one.source, one.kind, *ranks, one.document_count, clusters, one.char_count, bits, low, high, of_bytes,
            *scaled, one.rate_percent)  # fmt: skip


def _compared(material: Material) -> PageTable:
    models = material.comparison.models if material.comparison else ()
    columns = ("model", "family", "kind", "fresh_from_on", "fresh_char_share", "float32_difference", "model_id")
    rows = tuple(
        (material.name(m.model_id), m.family, m.kind, m.fresh_from_on, m.fresh_char_share, m.float32_difference,
         m.model_id)
        for m in models
    )  # fmt: skip
    full = Table(columns, rows)
    caption = "From when on text is new to each compared model"
    return PageTable("compared_models", caption, without(full, ("model_id",)), full, "No model is compared.")


def _scores(full: Table) -> PageTable:
    caption = "Every model scored on the snapshot, on all its texts, whether it may have seen them or not"
    return PageTable("all_scores", caption, without(full, ("model_id",)), full, "Nothing is scored on it.")


def _fits(material: Material) -> PageTable:
    fits = [*material.fits, *(fit for fit in material.other_fits if fit.n)]
    short = short_correlation_table(fits)
    shown = Table(
        ("reported_by", *short.columns),
        tuple((fit.reported_by, *row) for fit, row in zip(fits, short.rows, strict=True)),
    )
    return PageTable("correlation", "Every fit", shown, correlation_table(fits), "There is no fit yet.")


def _residuals(material: Material) -> PageTable:
    columns = ("fit", "model", "family", "bits_per_character", "score", "predicted", "residual", "studentised",
               "p_adjusted", "is_alarm", "model_id")  # fmt: skip
    rows = tuple(
        (one.benchmark or one.area, material.name(one.model_id), one.family, one.bits_per_character, one.value,
         one.predicted, one.residual, one.studentised, one.p_adjusted, one.is_alarm, one.model_id)
        for one in material.residuals
    )  # fmt: skip
    full = Table(columns, rows)
    caption = "Every model's score beside what the line of the other families predicts"
    return PageTable("residuals", caption, without(full, ("model_id",)), full, "No fit has enough models for that.")


def _members(material: Material) -> PageTable:
    full = Table(
        ("fit", "reported_by", "n", "models"),
        tuple((_fit_name(f), f.reported_by, f.n, _names(material, f.models)) for f in material.fits),
    )
    return PageTable("fit_models", "Who is in each fit", full, full, "There is no fit yet.")


def _left_out(material: Material) -> PageTable:
    """Join who is missing from the comparison with who is missing from the fits."""
    compared = material.comparison.left_out if material.comparison else ()
    rows = [*_grouped(material, "comparison", compared)]
    known = {(row.model_id, row.reason) for row in compared}
    for fit in material.fits:
        further = [row for row in fit.left_out if (row.model_id, row.reason) not in known]
        rows += _grouped(material, f"fit: {_fit_name(fit)}", further)
    full = Table(("left_out_of", "scope", "reason", "models"), tuple(rows))
    return PageTable("left_out", "Who is left out, of what, and why", full, full, "Nobody is left out.")


def _dropped(verdicts: Table, balance: Table, meanings: Mapping[str, str]) -> PageTable:
    landed = {row["source"]: int(str(row["landed_count"])) for row in rows_of(balance)}
    rows = tuple(
        (source, step, reason, _sentence(meanings.get(str(reason))), documents, documents / landed[source])
        for source, step, reason, documents in verdicts.rows
    )
    full = Table(("source", "step", "reason", "meaning", "documents", "landed_share"), rows)
    shown = full if meanings else without(full, ("meaning",))
    return PageTable("verdicts", "Every verdict, counted by reason", shown, full, "Nothing is judged.")


def _ledger(full: Table, meanings: Mapping[str, str]) -> PageTable:
    rows = tuple((*row[:-1], _sentence(meanings.get(str(row[2]))), row[-1]) for row in full.rows)
    explained = Table((*full.columns[:-1], "meaning", full.columns[-1]), rows)
    shown = explained if meanings else full
    return PageTable("ledger", "What was met but not landed", shown, explained, "Everything that was met has landed.")


def _plain(name: str, caption: str, full: Table, empty: str, hide: Sequence[str] = ()) -> PageTable:
    return PageTable(name, caption, without(full, hide), full, empty)


def _facts(name: str, caption: str, row: Mapping[str, object]) -> PageTable:
    full = Table(tuple(row), (tuple(row.values()),) if row else ())
    facts = Table(("fact", "value"), tuple((heading(k), shown_value(v, k)) for k, v in row.items()))
    return PageTable(name, caption, facts, full, "Nothing is known of it.")


# --- parts ------------------------------------------------------------------------------------------------


def _snapshot_row(material: Material) -> dict[str, object]:
    row = asdict(material.snapshot)
    # People read a window by its last day, programs by its end.
    last_day = material.snapshot.window_end - timedelta(days=1)
    return {"snapshot_id": row.pop("snapshot_id"), "window_start": row.pop("window_start"), "last_day": last_day, **row}


def _grouped(material: Material, what: str, left_out: Iterable[LeftOut]) -> list[tuple[Any, ...]]:
    grouped: dict[tuple[str, str], list[str]] = {}
    for row in left_out:
        grouped.setdefault((row.scope, row.reason), []).append(row.model_id)
    return [(what, scope, reason, _names(material, models)) for (scope, reason), models in grouped.items()]


def _names(material: Material, model_ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(material.name(model_id) for model_id in model_ids)


def without(table: Table, hidden: Sequence[str]) -> Table:
    """Return a table without some of its columns."""
    kept = [at for at, name in enumerate(table.columns) if name not in hidden]
    return Table(tuple(table.columns[at] for at in kept), tuple(tuple(row[at] for at in kept) for row in table.rows))


def _sentence(text: str | None) -> str | None:
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else text


def _fit_name(fit: Correlation) -> str:
    return fit.benchmark or fit.area

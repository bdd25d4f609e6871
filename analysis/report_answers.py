"""The answers in words: who compresses best, and does that match benchmarks? No word says more than the numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.correlation import Correlation
from analysis.fit_measures import MIN_FAMILIES
from analysis.points import OVERALL
from analysis.report_checks import Check
from analysis.report_leaderboard import Standing, compared_sources
from analysis.report_material import Material, rows_of

NUMBER_WORDS = {1: "one source", 2: "two sources", 3: "three sources"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A headline and the sentences under it."""

    headline: str
    sentences: tuple[str, ...]


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
    return Answer(_leader(best), tuple(sentences))


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


def trust_answer(checks: Sequence[Check]) -> Answer:
    """Say how many checks hold, and name those that do not."""
    named = {state: [check.title.lower() for check in checks if check.state == state] for state in ("bad", "mind")}
    held = len(checks) - len(named["bad"]) - len(named["mind"])
    said = (f"{held} of {len(checks)} checks hold.",)
    if named["bad"]:
        return Answer(f"Not yet: {', '.join(named['bad'])}", said)
    if named["mind"]:
        return Answer("Yes, with care", (*said, f"Mind: {', '.join(named['mind'])}."))
    return Answer("Yes", said)


def alarm_sentence(material: Material, alarm_rate: float) -> str:
    """Say which scores are too high for such compression, and how often such an alarm is false."""
    alarms = [row for row in material.residuals if row.is_alarm]
    rate = f"A fit in which everybody is honest raises any alarm in at most {alarm_rate:.0%} of cases."
    if not material.residuals:
        return "No fit has enough models to hold each of them against the others."
    if all(fit.family_count < MIN_FAMILIES for fit in material.fits):
        few = f"No fit has {MIN_FAMILIES} families"
        return f"{few}, and with fewer no alarm keeps its rate: the table has what there is."
    if not alarms:
        return f"No score stands out above what compression predicts. {rate}"
    named = ", ".join(f"{material.name(row.model_id)} ({row.benchmark or row.area})" for row in alarms)
    why = "Over-tuning and benchmark items in the training data both look like that."
    return f"Higher than compression predicts, and by more than chance explains: {named}. {why} {rate}"


def cost_sentence(material: Material) -> str:
    """Say what the snapshot took: requests and waiting of the crawls, hours of scoring."""
    crawls, runs = (rows_of(material.answers[name]) for name in ("report_crawls", "report_costs"))
    said = []
    if crawls:
        requests, waits = (_summed(crawls, name) for name in ("request_count", "wait_seconds"))
        said.append(f"The crawls made {requests:,.0f} requests and waited {_duration(waits)} for their turn.")
    if runs:
        tokens, seconds = (_summed(runs, name) for name in ("token_count", "seconds"))
        said.append(f"Scoring took {_duration(seconds)} in {len(runs)} runs over {tokens:,.0f} tokens.")
    return " ".join(said) or "Nothing is known of what it took."


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


def _summed(rows: Sequence[Mapping[str, object]], name: str) -> float:
    return sum(float(str(row[name])) for row in rows if row[name] is not None)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _leader(best: Standing) -> str:
    """Name the best; where others may be as good the texts do not tell it apart from them."""
    tied = best.ranks[1] - 1 if best.ranks else 0
    if not tied:
        return f"{best.name} compresses fresh text best"
    return f"{best.name} leads on fresh text, tied with {tied} other{'s' if tied > 1 else ''}"


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

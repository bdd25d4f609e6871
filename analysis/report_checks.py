"""Can the page be trusted? One line per reason to, each with what it rests on; never a tick without its number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from analysis.precision import MAX_FLOAT32_DIFFERENCE
from analysis.report_material import Material, rows_of

SURE_GRADES = ("A", "B")
# Shares of planted texts that each filter ought to find, and of clean texts that all of them may claim.
MIN_RECALL, MAX_CLAIMED_SHARE = 0.9, 0.005


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to know before believing the numbers: `good`, `mind` (read the sentence) or `bad`."""

    state: Literal["good", "mind", "bad"]
    title: str
    sentence: str


def trust_checks(material: Material) -> list[Check]:
    """Return every check of a snapshot and its scores, those that fail first."""
    checks = [
        _complete(material),
        _balanced(material),
        _dated(material),
        _curated(material),
        *([_fresh(material), _precise(material), _coded(material), _unaltered(material), _nobody_missing(material)]
          if material.comparison else []),
    ]  # fmt: skip
    order = {"bad": 0, "mind": 1, "good": 2}
    return sorted(checks, key=lambda check: order[check.state])


def scoring_machines(material: Material) -> list[tuple[str, str]]:
    """Return on what the models were scored, and with which libraries: one line where all are alike."""
    runs = [row for row in rows_of(material.answers["report_scoring_runs"]) if row["kind"] != "codec"]
    if not runs:
        return []
    machines = dict.fromkeys(f"{row['device']}, {row['dtype']}" for row in runs)
    libraries = dict.fromkeys(str(row["library_versions"]) for row in runs)
    return [("Scored on", "; ".join(machines)), ("Libraries", "; ".join(libraries))]


def _complete(material: Material) -> Check:
    cut = [row["source"] for row in rows_of(material.answers["report_crawls"]) if not row["is_complete"]]
    if not material.snapshot.is_complete:
        what = f" ({_listed(cut)})" if cut else ""
        return Check("bad", "Declared incomplete", f"The snapshot was sealed although its crawl has holes{what}.")
    sources = _listed(material.snapshot.sources)
    return Check("good", "Complete", f"The crawls of {sources} are whole: no unit of the window is missing.")


def _balanced(material: Material) -> Check:
    rows = rows_of(material.answers["report_balance"])
    lame = [row["source"] for row in rows if not row["is_balanced"]]
    if lame or not rows:
        what = _listed(lame) or "any source"
        return Check(
            "bad", "Does not balance", f"Landed texts and verdicts differ on {what}; `freshpress doctor` looks."
        )
    landed, kept, dropped = (_total(rows, name) for name in ("landed_count", "kept_count", "rejected_count"))
    return Check(
        "good",
        "Balanced",
        f"Every landed text has one verdict: {landed:,} landed = {kept:,} kept + {dropped:,} dropped.",
    )


def _dated(material: Material) -> Check:
    rows = rows_of(material.answers["report_grades"])
    total = _total(rows, "char_count")
    if total == 0:
        return Check("bad", "No text", "The snapshot holds no text.")
    share = _total([row for row in rows if row["freshness_grade"] in SURE_GRADES], "char_count") / total
    said = f"{share:.0%} of the characters are dated by an authority or by two witnesses (grades A and B)."
    return Check(
        "good" if share >= 0.5 else "mind", "Dated" if share >= 0.5 else "Dates rest on single witnesses", said
    )


def _curated(material: Material) -> Check:
    """Tell what the filters find and claim, by the step and source that finds least and the one that claims most."""
    rows = rows_of(material.answers["report_curation"])
    if not rows:
        said = "Nothing was planted into its curation to see what the filters find; `[curation.checks]` texts says how."
        return Check("mind", "Filters not measured", said)
    found, planted, claimed, clean = (
        _total(rows, name) for name in ("found_count", "planted_count", "claimed_count", "clean_count")
    )
    said = f"Of {planted:,} planted texts {found:,} were found, of {clean:,} clean ones {claimed:,} claimed."
    recalls = [(float(str(row["recall"])), place) for place, row in enumerate(rows) if row["recall"] is not None]
    lowest, place = min(recalls, default=(0.0, None))
    if place is not None:
        row = rows[place]
        said += f" Least are found: {_share(row, 'recall')} for {row['step']} on {row['source']}."
    is_good = lowest >= MIN_RECALL and claimed <= MAX_CLAIMED_SHARE * clean
    return Check("good" if is_good else "mind", "Filters measured" if is_good else "Filters miss or claim texts", said)


def _share(row: Mapping[str, Any], name: str) -> str:
    return f"{row[name]:.1%} (95 %: {row[f'{name}_low']:.1%} to {row[f'{name}_high']:.1%})"


def _fresh(material: Material) -> Check:
    comparison = material.comparison
    assert comparison is not None
    if comparison.note:
        return Check("mind", "Nothing compared", f"{comparison.note[:1].upper()}{comparison.note[1:]}")
    if comparison.after_on is None:
        return Check("mind", "No cutoff known", "No compared model has a knowledge cutoff or release date.")
    share = min(model.fresh_char_share for model in comparison.models)
    said = f"All are judged on the texts published after {comparison.after_on}, {share:.0%} of the characters."
    if comparison.sampled:
        said += f" Of these only those count that {_listed(comparison.sampled)} had scored when a stop rule ended it."
    return Check("good", "Fresh to every model", said)


def _precise(material: Material) -> Check:
    """Accept lower precision as the same measure while its audited difference from float32 is small."""
    runs = [row for row in rows_of(material.answers["report_scoring_runs"]) if row["kind"] != "codec"]
    audited = [float(str(row["float32_difference"])) for row in runs if row["float32_difference"] is not None]
    unaudited = {str(row["model"]) for row in runs if row["float32_difference"] is None and row["dtype"] != "float32"}
    largest = f"largest audited difference from float32 {max(audited):.1g}" if audited else "computed in float32"
    if unaudited:
        return Check(
            "mind", "Precision not audited", f"{_listed(sorted(unaudited))}: not in float32 and not audited against it."
        )
    state: Literal["good", "bad"] = "good" if max(audited, default=0.0) <= MAX_FLOAT32_DIFFERENCE else "bad"
    return Check(state, "Precise", f"{largest[:1].upper()}{largest[1:]}; the limit is {MAX_FLOAT32_DIFFERENCE:g}.")


def _coded(material: Material) -> Check:
    """Tell whether bits are bits: texts coded by a model's own probabilities and decoded again."""
    rows = rows_of(material.answers["report_audits"])
    if not rows:
        said = "No scored text was coded and decoded again; `freshpress score --audit 3` does that."
        return Check("mind", "Not coded", said)
    audited, sound, scored, coded = (
        _total(rows, name) for name in ("audited_count", "sound_count", "scored_bits", "coded_bits")
    )
    if sound < audited:
        bad = _listed([row["model"] for row in rows if row["sound_count"] != row["audited_count"]])
        said = f"{audited - sound} of {audited} texts do not come back from their code, or not in as many bits: {bad}."
        return Check("bad", "Code and score differ", said)
    said = (
        f"Scores held against an entropy coder: {audited:,}; {coded:,} bits coded for {scored:,} scored, decoded whole."
    )
    return Check("good", "Coded and decoded", said)


def _unaltered(material: Material) -> Check:
    altered = [row for row in rows_of(material.answers["report_tokenizers"]) if row["altered_byte_count"]]
    if not altered:
        return Check("good", "Nothing altered", "Every tokenizer gives every text back byte for byte.")
    worst = altered[0]
    said = f"{worst['model']} alters {float(str(worst['altered_byte_share'])):.2%} of the bytes, more than any other."
    return Check("mind", "Tokenizers alter text", said)


def _nobody_missing(material: Material) -> Check:
    assert material.comparison is not None
    gone = {row.model_id for row in material.comparison.left_out}
    if not gone:
        return Check("good", "Nobody missing", "Every scored or active model is in the comparison.")
    count = f"{len(gone)} model is" if len(gone) == 1 else f"{len(gone)} models are"
    return Check("mind", "Some left out", f"{count} left out, wholly or of a source; listed below with the reason.")


def _total(rows: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(int(row[name]) for row in rows)


def _listed(names: Sequence[Any]) -> str:
    return ", ".join(str(name) for name in names)

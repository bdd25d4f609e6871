"""Does this curation find what it is there to find? Asked of copies of its own kept texts, with something planted.

Copies are revised, re-wrapped or given a passage of a text that is not among them, or an item of the references. Then
they go through the same `reduce` as the snapshot, in a lake of their own, and what it said is counted. No row and no
file of the snapshot is touched, and only so many texts are taken that the cost does not grow with it.
"""

import random
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, groupby
from pathlib import Path

from curation.context import CurationContext
from curation.near_duplicates import sign
from curation.outcomes import verdict_of
from curation.planting import EDITS, passage, planted_into, revised
from curation.reduce import reduce
from curation.shard import DOCUMENTS, SIGNATURES, VERDICTS
from curation.shingles import jaccard, word_shingles
from storage.lake import Connection
from storage.parquet import read_records, write_records
from storage.records import Check, Document, ReferenceItem, Signature, Verdict, text_sha256
from storage.rows import insert

CHECKS_FILE = "checks.parquet"
LONGEST_CHARS = 100_000
# What becomes of the drawn texts, in turn: a fifth of those that are copied whole are exact copies.
ROLES = (*("donor", "planted", "clean", "revised") * 4, "donor", "planted", "clean", "copied")
# Shares of words that are replaced: exact similarities of about 0.93, 0.87, 0.82 and 0.60.
REVISED_SHARES = (0.007, 0.014, 0.02, 0.055)
PASSAGE_WORDS = (15, 80)
NO_BUDGET = 10**15
_SPACES, _SMALL_LETTERS = re.compile("[ \\n]+"), re.compile("[a-z]+")


@dataclass(frozen=True, slots=True)
class Planted:
    """One text of the check: by which step it should be rejected or not, what it is, and the item it holds."""

    document: Document
    step: str
    kind: str
    is_positive: bool
    item: ReferenceItem | None = None


def check_curation(
    connection: Connection, empty_lake: Connection, candidates_dir: Path, context: CurationContext
) -> Path:
    """Measure what the reduce side finds and what it claims wrongly; return the file of the counts.

    The connection is the one on which `reduce` has just ended; the lake is in memory, attached as `lake`, and empty.
    """
    path = candidates_dir / CHECKS_FILE
    items = _reference_items(connection, context)
    by_source = groupby(_drawn(connection, candidates_dir, context), key=lambda text: text.source)
    planted = [found for _, texts in by_source for found in _plant(list(texts), items, context)]
    verdicts = _verdicts(empty_lake, planted, candidates_dir / "checks", context)
    write_records(path, _counted(planted, verdicts, context.snapshot_id), Check)
    return path


def _drawn(connection: Connection, candidates_dir: Path, context: CurationContext) -> list[Document]:
    files = [str(path) for path in sorted((candidates_dir / DOCUMENTS).glob("*.parquet"))]
    if not files or not context.settings.checks.texts:
        return []
    values = {"documents": files, "longest_chars": LONGEST_CHARS, **_draw_values(context)}
    rows = connection.execute(_sql("checks_drawn"), values | {"texts": context.settings.checks.texts}).fetchall()
    return [Document(*row) for row in rows]


def _reference_items(connection: Connection, context: CurationContext) -> list[ReferenceItem]:
    values = {"item_count": context.settings.checks.texts, **_draw_values(context)}
    return [ReferenceItem(*row) for row in connection.execute(_sql("checks_items"), values).fetchall()]


def _draw_values(context: CurationContext) -> dict[str, str]:
    return {"seed": str(context.settings.sampling.seed)}


def _plant(texts: Sequence[Document], items: Sequence[ReferenceItem], context: CurationContext) -> Iterator[Planted]:
    """Yield what the texts of one source become, each by its role; donors only give passages to others."""
    draw = random.Random(f"{context.settings.sampling.seed} {texts[0].source}")  # noqa: S311 - a drawing, no secret
    edits, shares, own_items = cycle(EDITS), cycle(REVISED_SHARES), iter(items)
    donated: list[ReferenceItem] = []
    for number, (text, role) in enumerate(zip(texts, cycle(ROLES), strict=False)):
        if role == "donor":
            found = passage(text.text, *PASSAGE_WORDS, draw)
            donated += [ReferenceItem("donated", text.document_id, found)] if found else []
        elif role == "clean":
            yield Planted(text, "contamination", "clean", False)
        elif role == "planted":
            # Every second text gets one of the user's own items, where there are any.
            item = (next(own_items, None) if number // 4 % 2 else None) or (donated.pop() if donated else None)
            if item is not None:
                name = next(edits)
                holding = planted_into(text.text, EDITS[name](item.text, draw), draw)
                yield Planted(_copy(text, holding), "contamination", name, True, item)
        else:
            yield Planted(text, "near_duplicate", "other text", False)
            yield _copied(text) if role == "copied" else _revised(text, next(shares), draw, context)


def _copied(text: Document) -> Planted:
    """Change what the exact comparison looks past: white space and case, of letters that have no odd capitals."""
    body = _SPACES.sub("\n", _SMALL_LETTERS.sub(lambda found: found[0].upper(), text.text))
    return Planted(_copy(text, body), "exact_duplicate", "copy", True)


def _revised(text: Document, share: float, draw: random.Random, context: CurationContext) -> Planted:
    settings = context.settings.duplicates
    copy = _copy(text, revised(text.text, share, draw))
    similarity = jaccard(*(word_shingles(each.text, settings.shingle_words) for each in (text, copy)))
    is_near = similarity >= settings.threshold
    return Planted(copy, "near_duplicate", "near copy" if is_near else "other version", is_near)


def _copy(text: Document, body: str) -> Document:
    """Return a text of other content that comes after the one it was made from: nobody dates it."""
    return replace(
        text,
        document_id=f"check {text.document_id}",
        text=body,
        text_sha256=text_sha256(body),
        char_count=len(body),
        byte_count=len(body.encode()),
        published_at=None,
    )


def _verdicts(
    empty_lake: Connection, planted: Sequence[Planted], folder: Path, context: CurationContext
) -> dict[str, Verdict]:
    """Put the planted texts through `reduce`, with their items as references and no budget."""
    sampling = context.settings.sampling.model_copy(update={"budget_chars": NO_BUDGET})
    settings = context.settings.model_copy(update={"sampling": sampling})
    _add_references(empty_lake, [found.item for found in planted if found.item])
    try:
        _write_candidates([found.document for found in planted], folder, context)
        verdicts = reduce(empty_lake, folder, replace(context, settings=settings))
        return {verdict.document_id: verdict for verdict in read_records(verdicts, Verdict)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _add_references(empty_lake: Connection, items: Sequence[ReferenceItem]) -> None:
    empty_lake.execute("USE lake")
    insert(empty_lake, items, ReferenceItem)
    empty_lake.execute("USE main")


def _write_candidates(documents: Sequence[Document], folder: Path, context: CurationContext) -> None:
    signatures = [sign(document, context.settings.duplicates) for document in documents]
    passed = [verdict_of(context.snapshot_id, document, None) for document in documents]
    write_records(folder / DOCUMENTS / "1.parquet", documents, Document)
    write_records(folder / SIGNATURES / "1.parquet", signatures, Signature)
    write_records(folder / VERDICTS / "1.parquet", passed, Verdict)


def _counted(planted: Sequence[Planted], verdicts: dict[str, Verdict], snapshot_id: str) -> list[Check]:
    texts: Counter[tuple[str, str, str, bool]] = Counter()
    rejected: Counter[tuple[str, str, str, bool]] = Counter()
    for found in planted:
        key = (found.document.source, found.step, found.kind, found.is_positive)
        texts[key] += 1
        rejected[key] += verdicts[found.document.document_id].step == found.step
    return [Check(snapshot_id, *key, texts[key], rejected[key]) for key in sorted(texts)]


def _sql(step: str) -> str:
    return Path(__file__).with_name(f"{step}.sql").read_text(encoding="utf-8")

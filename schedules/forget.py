"""`freshpress forget`: a text leaves every place a home has for it, never returns, and no number rests on it any more.

Killed at any moment it is run again with the same id or address: the tombstone is written first, and every step finds
nothing to do where it was done.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from analysis.tables import Table
from schedules.progress import progress, say
from schedules.runs import locked, recorded
from schedules.upkeep import BACKUP_LOCK
from schedules.workspace import Workspace
from storage import backup, forgetting, forgetting_files, lake, parquet, rows, tombstones
from storage.byte_search import holders
from storage.erasure import erase_deleted
from storage.errors import FreshpressError, InputError
from storage.forgetting import FoundText
from storage.forgetting_files import LandedText
from storage.forgotten import address_hash, address_of
from storage.home import Home
from storage.known_backups import known_backups, note_backup
from storage.records import SOURCES, Tombstone, Verdict, utc_now

# As much of an item as the ledger of a crawl keeps.
_LEDGER_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Meant:
    """What one id or address comes to: texts of the lake, their equals elsewhere, what landed, earlier tombstones."""

    texts: list[FoundText]
    copies: list[FoundText]
    landed: list[LandedText]
    known: list[Tombstone]

    @property
    def document_ids(self) -> list[str]:
        """Return the documents, each once."""
        found = [one.document_id for one in (*self.texts, *self.copies)]
        return sorted({*found, *(one.document_id for one in self.landed), *(one.document_id for one in self.known)})

    @property
    def urls(self) -> list[str]:
        """Return their addresses, also as the ledger of a crawl may have cut them."""
        found = {one.url for one in (*self.texts, *self.copies)} | {one.url for one in self.landed}
        return sorted((found | {url[:_LEDGER_CHARS] for url in found}) - {""})


def blank_forgotten(workspace: Workspace, verdicts: Path) -> None:
    """Take what curation has known again, by its text or its address, out of what landed."""
    known_again = {v.document_id: v for v in parquet.read_records(verdicts, Verdict) if v.reason == "forgotten"}
    if not known_again:
        return
    now, why = utc_now(), "known again when it landed"
    stones = [Tombstone(name, "", verdict.source, None, 0, now, why) for name, verdict in known_again.items()]
    with lake.reading(workspace.home) as connection:
        buried = tombstones.read_forgotten(connection).document_ids
    new = [stone for stone in stones if stone.document_id not in buried]
    _write(workspace, "forget: known again", lambda connection: rows.insert(connection, new, Tombstone))
    landed = forgetting_files.find_landed(workspace.home, lambda document_id, *_: document_id in known_again)
    forgetting_files.blank_landed(workspace.home, landed, [one.url for one in landed if one.url])


@dataclass(slots=True)
class Told:
    """What was done, in order: place, what was removed there, how many; and what an operator must see to."""

    rows: list[tuple[str, str, int]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def add(self, place: str, what: str, count: int) -> None:
        """Note a step that removed something."""
        if count:
            self.rows.append((place, what, count))


def forget(workspace: Workspace, target: str, reason: str | None) -> tuple[Table, list[str]]:
    """Forget the text of an id or an address; return what was removed, and what is out of this command's reach."""
    with _alone(workspace), progress(f"forget {target}"):
        meant = _find(workspace, target)
        told, had_report = Told(), workspace.home.report.exists()
        _bury(workspace, meant, reason, told)
        _empty_files(workspace.home, meant, told, _touched(workspace, meant))
        _delete_rows(workspace, meant, told)
        erase_deleted(workspace.home, workspace.settings.storage.busy_wait_seconds)
        _renew_backups(workspace.home, told)
        _require_gone(workspace.home, meant, told)
        if had_report:
            # Last, since this alone can be done by hand. The page showed titles, and numbers that are others now.
            told.add("report", "pages written anew", _write_report(workspace))
    return Table(("place", "what", "count"), tuple(told.rows)), told.left


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    """Keep out every job that reads texts, so that none brings back what it read before."""
    with ExitStack() as held:
        held.enter_context(recorded(workspace, "forget"))
        for lock in ("refresh", "score", "report", BACKUP_LOCK):
            held.enter_context(locked(workspace, "forget", lock=lock))
        yield


def _find(workspace: Workspace, target: str) -> Meant:
    with lake.reading(workspace.home) as connection:
        texts = forgetting.find_texts(connection, target)
        copies = forgetting.find_copies(connection, texts)
        known = tombstones.find_tombstones(connection, target)
    ids = {one.document_id for one in (*texts, *copies)} | {stone.document_id for stone in known}
    addresses = {(one.source, address_of(one.source, one.url)) for one in texts}
    addresses |= {(source, address_of(source, target)) for source in SOURCES}
    landed = forgetting_files.find_landed(
        workspace.home,
        lambda document_id, source, url: (
            document_id in ids or document_id == target or (source, address_of(source, url)) in addresses
        ),
    )
    if not (texts or landed or known):
        raise InputError(
            f"no text of id or URL {target!r} is in this home, in the lake or landed; `freshpress sql` over the table "
            f"documents lists its texts."
        )
    return Meant(texts, copies, landed, known)


def _bury(workspace: Workspace, meant: Meant, reason: str | None, told: Told) -> None:
    """Write the tombstones: from now on nothing of it can come in."""
    now = utc_now()
    stones = [
        Tombstone(one.document_id, one.text_sha256, one.source, _address(one), one.char_count, now, reason)
        for one in meant.texts
    ]
    stones += [
        Tombstone(one.document_id, one.text_sha256, one.source, None, one.char_count, now, reason)
        for one in meant.copies
    ]
    has_stone = {stone.document_id for stone in (*stones, *meant.known)}
    stones += [
        Tombstone(one.document_id, "", one.source, _address(one), 0, now, reason)
        for one in meant.landed
        if one.document_id not in has_stone
    ]
    insert = _write(workspace, "forget: tombstones", lambda connection: rows.insert(connection, stones, Tombstone))
    told.add("lake", "tombstones written", insert)
    with lake.reading(workspace.home) as connection:
        near = forgetting.near_copies(connection, meant.document_ids)
    told.left += [f"{url} ({document_id}) shares much with it ({why}) and stays" for document_id, url, why in near]


def _address(one: FoundText | LandedText) -> str | None:
    return address_hash(one.source, one.url) if one.url else None


def _touched(workspace: Workspace, meant: Meant) -> list[str]:
    with lake.reading(workspace.home) as connection:
        found = forgetting.touched_snapshots(connection, meant.document_ids)
    return sorted({one.snapshot_id for one in found})


def _empty_files(home: Home, meant: Meant, told: Told, snapshot_ids: Sequence[str]) -> None:
    told.add("landing", "files written anew", forgetting_files.blank_landed(home, meant.landed, meant.urls))
    told.add("candidates", "shards removed", forgetting_files.drop_candidates(home, meant.document_ids))
    told.add("scoring", "files removed", forgetting_files.drop_results(home, snapshot_ids))
    forgetting_files.drop_folder(home.report)


def _delete_rows(workspace: Workspace, meant: Meant, told: Told) -> None:
    ids, urls = meant.document_ids, meant.urls
    counts = _write(workspace, "forget: rows", lambda connection: forgetting.delete_texts(connection, ids, urls))
    for table, count in counts:
        told.add("lake", f"rows of {table}", count)


def _write_report(workspace: Workspace) -> int:
    from schedules.relate import report

    return int(report(workspace, None).exists())


def _renew_backups(home: Home, told: Told) -> None:
    """Bring every backup of this home up to date, so that what was forgotten is not kept there."""
    for known in known_backups(home):
        folder = Path(known.folder)
        try:
            had_landing = backup.read_manifest(folder).has_landing
            manifest = backup.write_backup(home, folder, with_landing=had_landing)
        except (FreshpressError, OSError) as error:
            told.left.append(f"the backup in {folder} still holds it: {error}")
        else:
            note_backup(home, folder, manifest.made_at)
            told.add(str(folder), "backup written anew", 1)


def _require_gone(home: Home, meant: Meant, told: Told) -> None:
    """Search every byte of the home for the texts and their addresses."""
    texts = [one.text for one in (*meant.texts, *meant.copies) if one.text]
    needles = {needle.encode("utf-8", "surrogatepass") for needle in (*texts, *meant.urls)}
    if found := holders(home.root, sorted(needles)):
        for line in told.left:
            say(line)
        raise FreshpressError(
            f"{len(found)} files of this home still hold the text or its address, as {found[0]}; it was removed "
            f"everywhere else: forget the text that contains it, or remove that file, and run this again."
        )


def _write(workspace: Workspace, message: str, action: Callable[[lake.Connection], lake.Result]) -> lake.Result:
    return lake.write(workspace.home, message, action, workspace.settings.storage.busy_wait_seconds)

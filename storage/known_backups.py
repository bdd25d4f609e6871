"""Which backups a home has made: `<home>/backups.json`, so that what is forgotten is forgotten there too."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from storage.durable_files import write_whole
from storage.errors import HomeError
from storage.home import Home

BACKUPS_FILE = "backups.json"


@dataclass(frozen=True, slots=True)
class KnownBackup:
    """Where a backup of this home was written, and when last."""

    folder: str
    made_at: datetime


def known_backups(home: Home) -> list[KnownBackup]:
    """Return the folders that backups of this home were written to, in order."""
    path = home.root / BACKUPS_FILE
    if not path.exists():
        return []
    try:
        listed = json.loads(path.read_bytes())
        return [KnownBackup(row["folder"], datetime.fromisoformat(row["made_at"])) for row in listed]
    except (ValueError, TypeError, KeyError) as error:
        raise HomeError(f"{path} is no list of backups ({error}); repair it, or remove it and back up again.") from None


def note_backup(home: Home, folder: Path, made_at: datetime) -> None:
    """Note that a backup was written."""
    backup = KnownBackup(str(folder.resolve()), made_at)
    others = [known for known in known_backups(home) if known.folder != backup.folder]
    rows = [{**asdict(known), "made_at": known.made_at.isoformat()} for known in sorted([*others, backup], key=_folder)]
    write_whole(home.root / BACKUPS_FILE, json.dumps(rows, indent=1).encode())


def _folder(backup: KnownBackup) -> str:
    return backup.folder

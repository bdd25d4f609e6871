"""What every curation step needs to know: which snapshot, which window, which settings."""

from dataclasses import dataclass
from datetime import date

from config import CurationSettings
from storage.forgotten import NOTHING_FORGOTTEN, Forgotten


@dataclass(frozen=True, slots=True)
class CurationContext:
    """One snapshot in the making. The window is half-open. Small and picklable: it travels to every worker."""

    snapshot_id: str
    window_start: date
    window_end: date
    settings: CurationSettings
    forgotten: Forgotten = NOTHING_FORGOTTEN

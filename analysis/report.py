"""The page that people open: a static site, each page whole in itself, nothing fetched from anywhere.

`index.html` tells how things move over time and leads to the pages, one per snapshot. Tables and figures lie beside as
CSV, Parquet, SVG and PNG. Whatever comes from outside is escaped; numbers come from the same questions as the command
line's.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

from analysis.correlation import Bootstrap
from analysis.questions import VIEWS
from analysis.report_files import write_figure, write_page, write_table
from analysis.report_index import Index, Summary, gather_times, make_index, summary_of
from analysis.report_material import Across, Material, ask_across, gather_material, model_names
from analysis.report_page import Page, make_page, page_name
from analysis.report_rendering import render_page
from analysis.tables import shortened
from config import AnalysisSettings
from storage import rows
from storage.lake import Connection
from storage.records import Setting, Snapshot
from storage.snapshot_rows import portions, snapshot_rows
from storage.snapshots import require_snapshot
from storage.views import publish_views

INDEX, INDEX_FOLDER = "index.html", "over_time"
# Takes one of the functions that write files, and what it takes.
Write = Callable[..., None]


def write_report(
    connection: Connection,
    out: Path,
    snapshot_id: str | None,
    settings: AnalysisSettings,
    protocol_id: str,
    *,
    meanings: Mapping[str, str] | None = None,
) -> Path:
    """Write the page of every snapshot and return `index.html`, which leads with this snapshot or the latest.

    `meanings` explains the reasons of verdicts and of the ledger, which belong to other stages.
    """
    sealed = sorted(rows.select(connection, Snapshot), key=lambda one: (one.window_end, one.sealed_at), reverse=True)
    if not sealed and snapshot_id is None:
        write_page(out / INDEX, render_page("empty.html"))
        return out / INDEX
    lead_id = require_snapshot(connection, snapshot_id).snapshot_id
    bootstrap = Bootstrap(settings.confidence, settings.bootstrap_draws, settings.seed)
    names = [one.snapshot_id for one in sealed]
    lead, summaries = None, list[Summary]()
    with _writing() as write:
        for material in _materials(connection, sealed, settings, protocol_id, bootstrap):
            page = make_page(material, meanings or {}, settings.alarm_rate)
            _write_page(out, page, settings, names, write)
            summaries.append(summary_of(page))
            lead = page if material.snapshot.snapshot_id == lead_id else lead
        assert lead, "the snapshot that leads is one of those sealed"
        times = gather_times(connection, lead.material.protocol_id, settings.anchors, bootstrap)
        called = model_names(connection)
        index = make_index(lead, summaries, times, lambda model_id: called.get(model_id) or shortened(model_id))
        _write_index(out, index, settings, write)
    return out / INDEX


@contextmanager
def _writing() -> Iterator[Write]:
    """Yield what writes files while the next page is read; what could not be written is raised at the end."""
    with ThreadPoolExecutor(max_workers=2) as threads:
        written = list[Future[None]]()
        yield lambda function, *given: written.append(threads.submit(function, *given))
        for one in written:
            one.result()


def _materials(
    connection: Connection,
    sealed: Sequence[Snapshot],
    settings: AnalysisSettings,
    protocol_id: str,
    bootstrap: Bootstrap,
) -> Iterator[Material]:
    """Read what each page needs, from copies in memory of a few snapshots at a time."""
    known = {setting.name: setting.value for setting in rows.select(connection, Setting)}
    across: Across = cache(partial(ask_across, connection))
    by_id = {snapshot.snapshot_id: snapshot for snapshot in sealed}
    for some in portions(connection, list(by_id)):
        with snapshot_rows(connection, some) as copy:
            publish_views(copy, VIEWS, known)
            for one in some:
                yield gather_material(
                    copy, by_id[one], protocol_id, bootstrap, alarm_rate=settings.alarm_rate, across=across
                )


def _write_page(out: Path, page: Page, settings: AnalysisSettings, names: Sequence[str], write: Write) -> None:
    """Write one page with everything beside it. `names` are all snapshots, the newest first."""
    folder, at = out / page.folder, names.index(page.material.snapshot.snapshot_id)
    for name, figure in page.figures.items():
        write(write_figure, folder, name, figure)
    for table in page.tables.values():
        write(write_table, folder, table)
    near = {"newer": names[at - 1] if at else None, "older": names[at + 1] if at + 1 < len(names) else None}
    links = {what: (name, f"{page_name(name)}.html") if name else None for what, name in near.items()}
    content = render_page(
        "page.html", page=page, folder=page.folder, links=links, settings=settings, leaderboard=page.leaderboard
    )
    write(write_page, out / page.href, content)


def _write_index(out: Path, index: Index, settings: AnalysisSettings, write: Write) -> None:
    for name, figure in index.figures.items():
        write(write_figure, out / INDEX_FOLDER, name, figure)
    for table in index.tables.values():
        write(write_table, out / INDEX_FOLDER, table)
    content = render_page(
        "index.html", index=index, page=index.lead, folder=index.lead.folder, own=INDEX_FOLDER, settings=settings
    )
    write(write_page, out / INDEX, content)

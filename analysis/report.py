"""The page that people open: a static site of one page per snapshot, whole in itself, nothing fetched from anywhere.

`index.html` is the page of the latest snapshot and links to the others. Tables and figures lie beside as CSV, Parquet,
SVG and PNG. Whatever comes from outside is escaped; numbers come from the same questions as the command line's.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.correlation import Bootstrap
from analysis.report_answers import (
    benchmark_answer,
    compared_sources,
    compression_answer,
    headline_fit,
    interval_text,
    signed,
    standings,
)
from analysis.report_cells import heading, is_number, shown_value
from analysis.report_checks import scoring_machines, trust_checks
from analysis.report_figures import bits_figure, family_legend, fit_figures, fit_files, min_k_figure, source_legend
from analysis.report_files import write_table
from analysis.report_material import Material, gather_material
from analysis.report_tables import page_tables
from config import AnalysisSettings
from storage import rows
from storage.durable_files import write_whole
from storage.lake import Connection
from storage.records import Snapshot, content_id
from storage.snapshots import require_snapshot

TEMPLATES = Path(__file__).with_name("templates")
FIGURE_ENDINGS = (".svg", ".png")
# Addresses that a page may link to; anything else is printed, never followed.
_WEB = re.compile(r"^https?://[^\s]+$", re.IGNORECASE)


def write_report(
    connection: Connection,
    out: Path,
    snapshot_id: str | None,
    settings: AnalysisSettings,
    protocol_id: str,
    *,
    meanings: Mapping[str, str] | None = None,
) -> Path:
    """Write the page of every snapshot and return `index.html`, which shows this snapshot or the latest.

    `meanings` explains the reasons of verdicts and of the ledger, which belong to other stages.
    """
    sealed = sorted(rows.select(connection, Snapshot), key=lambda one: (one.window_end, one.sealed_at), reverse=True)
    front = out / "index.html"
    if not sealed and snapshot_id is None:
        write_whole(front, _environment().get_template("empty.html").render(css=_css()).encode())
        return front
    shown = require_snapshot(connection, snapshot_id)
    bootstrap = Bootstrap(settings.confidence, settings.bootstrap_draws, settings.seed)
    links = [(one.snapshot_id, f"{page_name(one.snapshot_id)}.html") for one in sealed]
    for snapshot in sealed:
        material = gather_material(connection, snapshot, protocol_id, bootstrap)
        page = _write_page(out, material, settings, links, meanings or {})
        if snapshot.snapshot_id == shown.snapshot_id:
            write_whole(front, page)
    return front


def page_name(snapshot_id: str) -> str:
    """Return the name of a snapshot's page and folder: its own where that is a plain file name.

    >>> page_name("2026-10")
    '2026-10'
    """
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", snapshot_id) and snapshot_id != "index":
        return snapshot_id
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', snapshot_id).strip('-') or 'snapshot'}-{content_id(snapshot_id)[:8]}"


def _write_page(
    out: Path,
    material: Material,
    settings: AnalysisSettings,
    links: Sequence[tuple[str, str]],
    meanings: Mapping[str, str],
) -> bytes:
    """Write one page with everything beside it; return the page."""
    folder = out / page_name(material.snapshot.snapshot_id)
    table = standings(material)
    tables = page_tables(material, table, meanings)
    sources = compared_sources(material)
    bits = bits_figure(table, sources)
    min_k = min_k_figure(material.answers["report_min_k"])
    _write_figure(folder, "bits_per_character", bits.files if bits else {})
    _write_figure(folder, "min_k", min_k.files if min_k else {})
    _write_figure(folder, "correlation", fit_files(material.fits))
    for one in tables.values():
        write_table(folder, one)
    page = (
        _environment()
        .get_template("page.html")
        .render(
            css=_css(),
            material=material,
            snapshot=material.snapshot,
            settings=settings,
            links=links,
            folder=folder.name,
            tables=tables,
            standings=table,
            sources=sources,
            compression=compression_answer(material, table),
            benchmarks=benchmark_answer(material),
            fit=headline_fit(material.fits),
            fit_figures=fit_figures(material.fits),
            bits=bits,
            min_k=min_k,
            source_legend=source_legend(sources),
            family_legend=family_legend(material.fits),
            checks=trust_checks(material),
            machines=scoring_machines(material),
            last_day=material.snapshot.window_end - timedelta(days=1),
        )
    )
    content = page.encode()
    write_whole(out / f"{folder.name}.html", content)
    return content


def _write_figure(folder: Path, name: str, drawings: Mapping[str, bytes]) -> None:
    """Write a figure, or take away what an earlier report drew where there is nothing to draw now."""
    for ending in FIGURE_ENDINGS:
        if ending in drawings:
            write_whole(folder / f"{name}{ending}", drawings[ending])
        else:
            (folder / f"{name}{ending}").unlink(missing_ok=True)


def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(
        heading=heading, shown=shown_value, signed=signed, interval=interval_text, commands=_commands
    )
    environment.tests.update(number=is_number, web_address=_is_web_address)
    return environment


def _commands(text: str) -> Markup:
    """Set what stands between backquotes as code; all of it is escaped."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def _is_web_address(value: Any) -> bool:
    return isinstance(value, str) and bool(_WEB.match(value))


def _css() -> Markup:
    """Return the style sheet, which is ours and goes into the page as it is."""
    return Markup((TEMPLATES / "page.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file

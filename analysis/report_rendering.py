"""Pages from templates: what comes from outside is escaped; our style sheets, script and drawings go in as they are."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.drawing import Drawing
from analysis.drawing_files import colour_class, page_svg
from analysis.report_answers import interval_text, signed
from analysis.report_cells import heading, is_number, shown_value
from analysis.report_rows import table_rows
from analysis.report_script import content_policy, page_script

TEMPLATES = Path(__file__).with_name("templates")
STYLE_SHEETS = ("page.css", "drawing.css", "leaderboard.css")


def render_page(template: str, **context: Any) -> bytes:
    """Return one page, whole in itself."""
    page = _environment().get_template(template)
    return page.render(css=_css(), script=page_script(), policy=content_policy(), **context).encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(
        heading=heading,
        shown=shown_value,
        signed=signed,
        interval=interval_text,
        commands=_commands,
        inline=_inline,
        colour_class=colour_class,
        table_rows=table_rows,
    )
    environment.tests.update(number=is_number)
    return environment


def _commands(text: str) -> Markup:
    """Set what stands between backquotes as code; all of it is escaped."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def _inline(drawing: Drawing) -> Markup:
    return Markup(page_svg(drawing))  # noqa: S704 - every text in a drawing is escaped as it is drawn


def _css() -> Markup:
    """Return the style sheets, which are ours and go into the page as they are."""
    sheets = [(TEMPLATES / name).read_text(encoding="utf-8") for name in STYLE_SHEETS]
    return Markup("".join(sheets))  # noqa: S704 - our own files

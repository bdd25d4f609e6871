"""`freshpress doctor`: is the lake what it promises to be, and are the programs there that jobs need?"""

from analysis.tables import Table
from schedules.workspace import Workspace
from storage import doctor, lake


def examine(workspace: Workspace) -> tuple[Table, str, bool]:
    """Return what was checked, the statement that attaches the lake, and whether everything holds."""
    with lake.reading(workspace.home) as connection:
        invariants = doctor.check_invariants(connection)
    rows = [
        (i.name, "holds" if not i.broken_count else "broken", i.broken_count, i.example, i.statement)
        for i in invariants
    ]
    rows.append(_pandoc())
    is_sound = all(row[1] == "holds" for row in rows)
    table = Table(("check", "state", "broken_count", "example", "statement"), tuple(rows))
    return table, lake.attach_statement(workspace.home, read_only=True), is_sound


def _pandoc() -> tuple[str, str, int, str | None, str]:
    from curation.extract_tex import pandoc_version

    statement = "Papers are read by pandoc."
    try:
        return ("pandoc", "holds", 0, pandoc_version(), statement)
    except OSError as error:
        return ("pandoc", "broken", 1, str(error), statement)

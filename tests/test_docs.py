"""The documentation is what the code is: tables, views, reasons and ids stand there, queries run, commands parse."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from analysis.questions import VIEWS, questions
from cli import cli
from crawler.reasons import REASONS as LEDGER_REASONS
from curation.freshness import ADMITTING
from curation.reasons import REASONS as VERDICT_REASONS
from scoring.protocols import PROTOCOLS
from storage import doctor, lake, views
from storage.home import create_home
from storage.migrate import run_migrations
from storage.parquet import schema_of
from storage.records import RawDocument
from storage.tables import TABLES

ROOT = Path(__file__).resolve().parent.parent
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES = sorted({*ROOT.glob("*.md"), *DOCS, *(ROOT / "analysis").rglob("*.md")})
DATA_MODEL = (ROOT / "docs" / "DATA_MODEL.md").read_text(encoding="utf-8")
SETTINGS = {"cutoff_margin_days": 30.0, "min_fresh_share": 0.2}

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CODE_SPAN = re.compile(r"`freshpress ([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<(?:img|a)\s[^>]*?(?:src|href)=\"([^\"]+)\"")


@pytest.fixture(scope="module")
def connection() -> lake.Connection:
    made = lake.memory()
    views.publish_views(made, VIEWS, SETTINGS)
    return made


@pytest.fixture(scope="module")
def real_lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lake.Connection]:
    """A lake on disk: its hidden snapshot_id makes queries ambiguous that run in memory."""
    home = create_home(tmp_path_factory.mktemp("docs") / "home", "tests@example.org")
    lake.write(home, "migrate", run_migrations)
    lake.write(home, "publish views", lambda writing: views.publish_views(writing, VIEWS, SETTINGS))
    with lake.reading(home) as reading:
        yield reading


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(path: Path, *languages: str) -> list[str]:
    return [body for language, body in FENCE.findall(path.read_text(encoding="utf-8")) if language in languages]


def section(heading: str) -> str:
    """Return what stands in DATA_MODEL.md under a heading, down to the next of its level or above."""
    level = heading.partition(" ")[0]
    end = rf"\n#{{1,{len(level)}}} "
    found = re.search(rf"^{re.escape(heading)}\n(.*?)(?={end}|\Z)", DATA_MODEL, re.DOTALL | re.MULTILINE)
    assert found, f"DATA_MODEL.md has no {heading!r}"
    return found[1]


def table_rows(text: str) -> list[list[str]]:
    """Return the cells of every row of the Markdown tables in a text, heads and rules left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    is_head = [i + 1 < len(lines) and set(lines[i + 1]) <= set("|-: ") for i in range(len(lines))]
    kept = [line for line, head in zip(lines, is_head, strict=True) if not head and not set(line) <= set("|-: ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in kept]


def listed(text: str) -> list[list[str]]:
    return [[cell.strip("`") for cell in row] for row in table_rows(text)]


# --- tables, views, reasons -------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_table_stands_in_the_data_model_with_its_columns_types_and_identity(connection, table):
    text = section(f"### `{table.name}`")
    schema = connection.execute(
        "SELECT column_name, data_type || CASE is_nullable WHEN 'YES' THEN ' or NULL' ELSE '' END "
        "FROM information_schema.columns WHERE table_name = $name ORDER BY ordinal_position",
        {"name": table.name},
    ).fetchall()
    assert [(name, kind) for name, kind, _ in listed(text)] == schema
    assert all(len(meaning) > 3 for _, _, meaning in listed(text))
    assert f"Identity: {', '.join(f'`{key}`' for key in table.identity)}.\n" in text


def test_no_table_is_described_that_is_not_there():
    described = re.findall(r"^### `(\w+)`$", section("## Tables"), re.MULTILINE)
    assert described == [table.name for table in TABLES.values()]


def test_the_columns_of_landing_files_are_those_of_the_record():
    rows = listed(section("### Landing"))
    expected = [(f.name, f"{f.type}{' or null' if f.nullable else ''}") for f in schema_of(RawDocument)]
    assert [(name, kind) for name, kind, _ in rows] == expected


def test_every_view_stands_there_with_its_question_and_columns(connection):
    columns = {
        name: ", ".join(f"`{row[0]}`" for row in connection.execute(f"DESCRIBE {name}").fetchall())
        for name in questions()
    }
    rows = table_rows(section("## Views"))
    assert [(name.strip("`"), question, cells) for name, question, cells in rows] == [
        (name, question, columns[name]) for name, question in questions().items()
    ]


def test_every_verdict_reason_stands_there_in_the_order_of_the_steps():
    expected = [[reason.step, name, reason.explanation] for name, reason in VERDICT_REASONS.items()]
    assert listed(section("## Verdict reasons")) == expected


def test_every_ledger_reason_stands_there_with_its_outcome():
    expected = [[name, outcome, meaning] for name, (outcome, meaning) in LEDGER_REASONS.items()]
    assert listed(section("## Ledger reasons")) == expected


def test_every_invariant_stands_there(connection):
    files = {path.stem for path in doctor.FOLDER.glob("*.sql")}
    statements = [[i.name, i.statement] for i in doctor.check_invariants(connection) if i.name in files]
    assert len(statements) == len(files)
    assert listed(section("## Invariants")) == statements


def test_the_witnesses_that_may_admit_are_told_from_the_others():
    rows = listed(section("## Witnesses and grades"))
    assert {name for name, answer, *_ in rows if answer == "yes"} == ADMITTING


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
def test_every_protocol_stands_in_its_page_field_by_field(protocol):
    rows = listed(section_of_protocols())
    column = 1 + [p.name for p in PROTOCOLS].index(protocol.name)
    stated = {row[0]: row[column] for row in rows}
    fields = ("protocol_id", "window_tokens", "stride_tokens", "packing", "encoding", "start_token", "first_token")
    expected = {name: "NULL" if (value := getattr(protocol, name)) is None else str(value) for name in fields}
    assert {name: stated[name] for name in fields} == expected
    assert stated["score_version"] == str(protocol.score_version)


def section_of_protocols() -> str:
    """Return the first table of protocols.md, whose columns are the protocols in their order."""
    text = (ROOT / "docs" / "protocols.md").read_text(encoding="utf-8")
    head = "| field | " + " | ".join(f"`{protocol.name}`" for protocol in PROTOCOLS) + " |"
    assert head in text
    return head + text.partition(head)[2].partition("\n\n")[0]


# --- queries, commands, links -----------------------------------------------------------------------------

QUERIES = [(path, query) for path in DOCS for query in blocks(path, "sql")]


def command_lines(path: Path) -> Iterator[list[str]]:
    """Yield the words of every `freshpress` command in the shell blocks of a page."""
    for language in ("sh", "console"):
        for block in blocks(path, language):
            lines = block.replace("\\\n", " ").splitlines()
            typed = lines if language == "sh" else [line[2:] for line in lines if line.startswith("$ ")]
            for line in typed:
                words = list(shlex.shlex(line, posix=True, punctuation_chars=True)) if "freshpress" in line else []
                if any(Path(word).name == "freshpress" for word in words):
                    yield shlex.split(line, comments=True)


def commands_in(words: list[str]) -> Iterator[list[str]]:
    """Yield the arguments of each `freshpress` in one line, cut at pipes, redirections and connectors."""
    arguments: list[str] | None = None
    for word in [*words, ";"]:
        if word in ("|", ";", "&&", "||", "&", ">", ">>", "2>", "<"):
            if arguments is not None:
                yield arguments
            arguments = None
        elif arguments is not None:
            arguments.append(word)
        elif Path(word).name == "freshpress":
            arguments = []


COMMANDS = [(path, arguments) for path in DOCS for words in command_lines(path) for arguments in commands_in(words)]


def parsed(command: click.Command, arguments: list[str], parent: click.Context | None = None) -> click.Context:
    """Parse arguments by a command and its subcommands as far as they go, running nothing."""
    if not isinstance(command, click.Group):
        return command.make_context(command.name, list(arguments), parent=parent)
    context = click.Context(command, info_name=command.name, parent=parent)
    _, rest, _ = command.make_parser(context).parse_args(list(arguments))
    if not rest:
        return context
    _, found, rest = command.resolve_command(context, rest)
    assert found is not None
    return parsed(found, rest, context)


def test_there_is_something_to_check():
    assert len(QUERIES) >= 12
    assert len(COMMANDS) >= 5


@pytest.mark.parametrize(
    ("path", "query"), QUERIES, ids=lambda value: name_of(value) if isinstance(value, Path) else ""
)
def test_every_query_runs_on_a_lake(real_lake, path, query):
    assert real_lake.execute(query).description


@pytest.mark.parametrize(
    ("path", "arguments"),
    COMMANDS,
    ids=lambda value: name_of(value) if isinstance(value, Path) else " ".join(value)[:60],
)
def test_every_command_parses_and_every_query_in_one_runs(real_lake, path, arguments):
    try:
        context = parsed(cli, arguments)
    except click.exceptions.Exit:
        return  # --help and --version have nothing left to parse
    except click.ClickException as error:
        pytest.fail(f"{name_of(path)}: freshpress {shlex.join(arguments)}: {error.format_message()}")
    if context.info_name == "sql" and context.params["query"]:
        assert real_lake.execute(context.params["query"]).description


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_every_command_named_in_the_text_is_there(path):
    named = CODE_SPAN.findall(FENCE.sub("", path.read_text(encoding="utf-8")))
    for words in named:
        command: click.Command = cli
        for word in shlex.split(words):
            if not isinstance(command, click.Group) or word.startswith("-"):
                break
            assert word in command.commands, f"{name_of(path)} names `freshpress {words}`"
            command = command.commands[word]


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(path):
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    targets = [one or other for one, other in LINK.findall(text)]
    for target in targets:
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        page = (path.parent / name).resolve() if name else path
        assert page.exists(), f"{name_of(path)} links to {target}"
        assert page.is_relative_to(ROOT)
        if anchor:
            assert anchor in anchors(page), f"{name_of(path)} links to {target}"


NAMED_TESTS = [
    (path, name) for path in DOCS for name in re.findall(r"`(tests/[\w/]+\.py::\w+)`", path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("path", "name"), NAMED_TESTS, ids=[name for _, name in NAMED_TESTS])
def test_a_test_that_a_page_names_is_there(path: Path, name: str) -> None:
    file, _, function = name.partition("::")
    assert re.search(rf"^def {function}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), f"{path}: {name}"


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings get."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

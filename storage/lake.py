"""The lake: a DuckLake catalog in SQLite over Parquet files. The one door to duckdb.

Readers in any process are never blocked by the writer (write-ahead log). There is one writer at a time: a lock
file beside the catalog. A handle is held for seconds, never during a crawl or a forward pass.
"""

import importlib
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import duckdb

from storage.errors import BusyError, ConfigError, HomeError
from storage.home import Home
from storage.locks import exclusive

Connection = duckdb.DuckDBPyConnection
DatabaseError = duckdb.Error
Result = TypeVar("Result")

EXTENSIONS = ("sqlite_scanner", "ducklake")
# Every number a writer waits for a reader or a second writer; each attempt repeats the whole transaction.
COMMIT_ATTEMPTS = 8


@contextmanager
def reading(home: Home) -> Iterator[Connection]:
    """Open the lake for reading, at one state of it."""
    if not catalog_path(home).exists():
        raise HomeError(f"{home.root} has no lake yet; `freshpress --home {home.root} init` makes one.")
    connection = _session()
    try:
        attach(connection, home, read_only=True)
        connection.execute("USE lake")
        # Every question on this handle is answered from the same state, whatever is committed meanwhile.
        connection.execute("BEGIN")
        yield connection
    finally:
        connection.close()


def write(
    home: Home,
    message: str,
    action: Callable[[Connection], Result],
    wait_seconds: float = 60.0,
    bounds: tuple[str, Path] | None = None,
) -> Result:
    """Run the action in one transaction and commit it under this message, or change nothing.

    The action may run more than once: when another process commits first, the whole transaction is repeated. What
    writes much is bounded as `scratch` is, by a limit of memory and the folder that takes what is more.
    """
    with exclusive(home.lake / "writer.lock", message, wait_seconds):
        connection = _session()
        try:
            if bounds:
                _bind(connection, *bounds)
            attach(connection, home, read_only=False)
            connection.execute("USE lake")
            return _committed(connection, message, action)
        finally:
            connection.close()


@contextmanager
def maintaining(home: Home, message: str, wait_seconds: float = 60.0) -> Iterator[Connection]:
    """Open the lake for DuckLake's own upkeep, whose calls commit by themselves, and keep every writer out."""
    with exclusive(home.lake / "writer.lock", message, wait_seconds):
        connection = _session()
        try:
            attach(connection, home, read_only=False)
            yield connection
        finally:
            connection.close()


@contextmanager
def scratch(home: Home, memory_limit: str, spill_dir: Path) -> Iterator[Connection]:
    """Open an in-memory database bounded in memory, with the lake attached read-only as `lake`."""
    connection = _session()
    try:
        _bind(connection, memory_limit, spill_dir)
        attach(connection, home, read_only=True)
        yield connection
    finally:
        connection.close()


def memory(schema: str = "main") -> Connection:
    """Return an in-memory database with every table of the lake in this schema, for tests and published tables."""
    from storage.migrate import run_migrations

    connection = duckdb.connect()
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    connection.execute(f"USE {schema}")
    run_migrations(connection)
    connection.execute("USE main")
    return connection


def explained_part(query: str) -> str | None:
    """Return what stands behind the word EXPLAIN, or None where the query does not begin with it."""
    spelled = query.encode()
    # duckdb.tokenize counts bytes.
    starts = [start for start, kind in duckdb.tokenize(query) if kind != duckdb.token_type.comment]
    if len(starts) < 2 or spelled[starts[0] : starts[1]].split()[:1] != [spelled[starts[0] : starts[0] + 7]]:
        return None
    return spelled[starts[1] :].decode() if spelled[starts[0] : starts[0] + 7].lower() == b"explain" else None


def catalog_path(home: Home) -> Path:
    """Return the SQLite file that holds the catalog."""
    return home.lake / "catalog.sqlite"


def attach_statement(home: Home, *, read_only: bool) -> str:
    """Return the ATTACH with which any DuckDB 1.5 opens this lake; `doctor` and the README show it to users.

    The data path always follows from the home, since a copied home would read the original's files otherwise.
    """
    options = f"DATA_PATH '{quoted(home.lake / 'data')}/', OVERRIDE_DATA_PATH true, META_BUSY_TIMEOUT 10000"
    # A reader finds the journal mode in the file; only a writer may set it.
    mode = "READ_ONLY" if read_only else "META_JOURNAL_MODE 'WAL'"
    return f"ATTACH 'ducklake:sqlite:{quoted(catalog_path(home))}' AS lake ({options}, {mode})"


def attach(connection: Connection, home: Home, *, read_only: bool) -> None:
    """Attach the lake of this home as `lake`."""
    home.lake.joinpath("data").mkdir(parents=True, exist_ok=True)
    try:
        connection.execute(attach_statement(home, read_only=read_only))
    except duckdb.Error as error:
        raise HomeError(
            f"the lake {catalog_path(home)} cannot be opened ({first_line(error)}); restore its catalog from a backup."
        ) from None


def _session() -> Connection:
    connection = duckdb.connect()
    for name in EXTENSIONS:
        _load_extension(connection, name)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _bind(connection: Connection, limit: str, spill_dir: Path) -> None:
    spill_dir.mkdir(parents=True, exist_ok=True)
    try:
        connection.execute("SET memory_limit = $limit", {"limit": limit})
    except duckdb.Error:
        raise ConfigError(f"[execution] memory_limit = {limit!r} is not a size; write it like '4GiB'.") from None
    connection.execute("SET temp_directory = $folder", {"folder": str(spill_dir)})
    # Otherwise whole files are held back until what stands before them is written; whoever needs an order asks for it.
    connection.execute("SET preserve_insertion_order = false")


def _load_extension(connection: Connection, name: str) -> None:
    """Load an extension from its wheel on PyPI, or have DuckDB install it where the wheel is missing."""
    try:
        folder = Path(importlib.import_module(f"duckdb_extension_{name}").__path__[0])
    except ModuleNotFoundError:
        connection.install_extension(name)
        connection.load_extension(name)
        return
    connection.load_extension(str(folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"))


def _committed(connection: Connection, message: str, action: Callable[[Connection], Result]) -> Result:
    for attempt in range(1, COMMIT_ATTEMPTS + 1):
        try:
            connection.execute("BEGIN")
            result = action(connection)
            connection.execute("CALL lake.set_commit_message('freshpress', $message)", {"message": message})
            connection.execute("COMMIT")
        except (duckdb.TransactionException, duckdb.IOException) as error:
            _rollback(connection)
            if attempt == COMMIT_ATTEMPTS:
                raise BusyError(
                    f"the lake could not be written after {attempt} attempts ({error}); run this again."
                ) from error
            time.sleep(random.uniform(0.05, 0.2) * 2**attempt)  # noqa: S311 - jitter, not a secret
        except BaseException:
            _rollback(connection)
            raise
        else:
            return result
    raise AssertionError("unreachable: the last attempt returns or raises")


def _rollback(connection: Connection) -> None:
    try:
        connection.execute("ROLLBACK")
    except duckdb.TransactionException:
        # A failed COMMIT has ended the transaction already.
        return


def first_line(error: Exception) -> str:
    """Return what DuckDB says before it shows the query and guesses at names."""
    return " ".join(str(error).split("\n\n")[0].split())


def quoted(path: Path) -> str:
    """Return a path as it stands between quotes in the few statements that take no bound values (ATTACH)."""
    return str(path).replace("'", "''")

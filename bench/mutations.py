"""Spoilt inputs of every format through the real parsers: no crash, no hang, memory bounded, everything accounted for.

    python -m bench.mutations [FORMAT ...] --count N          one row per format
    python -m bench.mutations FORMAT --seed S --number N      one input again, with its traceback

An input follows from format, seed and number, and from the sound inputs: those of ../shared/data are used where they
are there. Every batch is read in a child process, so that whatever an input does costs the batch and not the run.
"""

import argparse
import logging
import multiprocessing
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType

from bench.accounting import UnaccountedError
from bench.mutation_formats import FORMATS, mutant, sound_inputs

# Processor time, so that a crowded machine does not make a hang of a slow parser.
LIMIT_SECONDS = 5.0
# Above what a child needs once it has read every sound input. The caps of the parsers are set small for it.
LIMIT_BYTES = 512 << 20
# What no alarm can interrupt is ended from outside.
_WALL_SECONDS = 90.0
_BATCH_COUNT = 1_000
_SHOWN_FAILURES = 5
_CAUGHT = "caught by the last resort"


class HangError(BaseException):
    """An input took too long. Not an Exception, so that no parser takes it for one of its own."""


class UnsoundError(Exception):
    """The bench itself does not fit the parser: what it holds for a sound input is not read."""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of the inputs of one format. `peak_growth_bytes` is above what the sound inputs need."""

    format_name: str
    count: int
    crashed: int
    hung: int
    unaccounted: int
    slowest_seconds: float
    peak_growth_bytes: int
    outcomes: dict[str, int]
    failures: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether every input kept every promise."""
        return not (self.crashed or self.hung or self.unaccounted) and self.peak_growth_bytes <= LIMIT_BYTES


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one input. `failure` begins with what it is: crashed, hung, unaccounted."""

    number: int
    seconds: float
    growth_bytes: int
    outcomes: dict[str, int]
    failure: str | None = None


def run(format_name: str, count: int, seed: int, on_progress: Callable[[int], None] = lambda _: None) -> Row:
    """Read so many spoilt inputs of one format; `on_progress` is told how many are done."""
    readings: list[Reading] = []
    while len(readings) < count:
        first = len(readings)
        for reading in _read_batch(format_name, seed, first, min(_BATCH_COUNT, count - first)):
            readings.append(reading)
            on_progress(len(readings))
    return _row(format_name, seed, readings)


def read_one(format_name: str, seed: int, number: int) -> Counter[str]:
    """Read one spoilt input in this process, under the alarm, and return its outcomes. Errors leave as they are."""
    body, chance = mutant(format_name, seed, number)
    signal.signal(signal.SIGPROF, _ring)
    signal.setitimer(signal.ITIMER_PROF, LIMIT_SECONDS)
    try:
        return Counter(FORMATS[format_name].read(body, chance))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _read_batch(format_name: str, seed: int, first: int, count: int) -> Iterable[Reading]:
    """Yield the readings of one child; one that dies or goes silent has failed at the number it was at."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    spawn = multiprocessing.get_context("spawn")
    child = spawn.Process(target=_read_numbers, args=(theirs, format_name, seed, first, count), daemon=True)
    child.start()
    theirs.close()
    number, failure = first, None
    try:
        while number < first + count and failure is None:
            if not ours.poll(_WALL_SECONDS):
                failure = f"hung: silent for {_WALL_SECONDS:.0f} s"
                break
            reading = ours.recv()
            if not isinstance(reading, Reading):
                raise UnsoundError(f"{format_name}: an input that nobody has spoilt is not read:\n{reading}")
            yield reading
            number += 1
    except EOFError:
        child.join(_WALL_SECONDS)
        failure = f"crashed: the process ended with {child.exitcode}"
    finally:
        child.kill()
        child.join()
        ours.close()
    if failure:
        yield Reading(number, 0.0, 0, {}, failure)


def _read_numbers(connection: Connection, format_name: str, seed: int, first: int, count: int) -> None:
    """Read one batch and send what became of each input. Runs in a child."""
    caught = _CaughtErrors()
    logging.basicConfig(handlers=[caught], level=logging.ERROR, force=True)
    try:
        for body in sound_inputs(format_name):
            Counter(FORMATS[format_name].read(body, mutant(format_name, seed, first)[1]))
    except Exception:
        connection.send(traceback.format_exc())
        raise
    start_bytes = _peak_bytes()
    _limit_address_space()
    for number in range(first, first + count):
        connection.send(_read(format_name, seed, number, start_bytes, caught))


def _read(format_name: str, seed: int, number: int, start_bytes: int, caught: "_CaughtErrors") -> Reading:
    outcomes, failure, started_at = Counter[str](), None, time.process_time()
    caught.count = 0
    try:
        outcomes = read_one(format_name, seed, number)
    except HangError:
        failure = f"hung: more than {LIMIT_SECONDS} s of processor time"
    except UnaccountedError as error:
        failure = f"unaccounted: {error}"
    except (Exception, RecursionError, MemoryError) as error:  # noqa: BLE001 - that a parser raises at all is what is asked
        failure = f"crashed: {type(error).__name__}: {error}"
    seconds, growth_bytes = time.process_time() - started_at, _peak_bytes() - start_bytes
    if growth_bytes > LIMIT_BYTES and failure is None:
        failure = f"crashed: {growth_bytes >> 20} MiB above the start, limit {LIMIT_BYTES >> 20}"
    if caught.count:
        outcomes[_CAUGHT] += caught.count
    return Reading(number, seconds, growth_bytes, dict(outcomes), failure and failure[:400])


class _CaughtErrors(logging.Handler):
    """Counts the errors that a parser's last resort has turned into a row: accounted for, and worth a look."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        self.count += record.exc_info is not None


def _ring(_signal: int, _frame: FrameType | None) -> None:
    raise HangError


def _peak_bytes() -> int:
    """Return the most memory this process has held; where there is no /proc, with that of the process it came from."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _limit_address_space() -> None:
    """Let a parser that asks for far too much fail before the machine does."""
    status = Path("/proc/self/status")
    if status.exists():
        held_bytes = int(status.read_text().partition("VmSize:")[2].split()[0]) << 10
        resource.setrlimit(resource.RLIMIT_AS, (held_bytes + 2 * LIMIT_BYTES, resource.RLIM_INFINITY))


def _row(format_name: str, seed: int, readings: list[Reading]) -> Row:
    failed = [reading for reading in readings if reading.failure]
    kinds = Counter(str(reading.failure).partition(":")[0] for reading in failed)
    outcomes: Counter[str] = Counter()
    for reading in readings:
        outcomes.update(reading.outcomes)
    return Row(
        format_name=format_name,
        count=len(readings),
        crashed=kinds["crashed"],
        hung=kinds["hung"],
        unaccounted=kinds["unaccounted"],
        slowest_seconds=max((reading.seconds for reading in readings), default=0.0),
        peak_growth_bytes=max((reading.growth_bytes for reading in readings), default=0),
        outcomes=dict(outcomes.most_common()),
        failures=tuple(
            f"{reading.failure} (python -m bench.mutations {format_name} --seed {seed} --number {reading.number})"
            for reading in failed
        ),
    )


def main() -> int:
    """Print one row per format, or read one input again; return 1 where a promise was broken."""
    arguments = _arguments()
    names = arguments.formats or list(FORMATS)
    if arguments.number is not None:
        for name in names:
            print(name, dict(read_one(name, arguments.seed, arguments.number)))
        return 0
    print("| format | inputs | crashed | hung | unaccounted | slowest s | memory MiB | outcomes |")
    print("|---|---:|---:|---:|---:|---:|---:|---|")
    rows = []
    for name in names:
        rows.append(run(name, max(arguments.count // FORMATS[name].cost, 1), arguments.seed))
        print(table_line(rows[-1]), flush=True)
        for failure in rows[-1].failures[:_SHOWN_FAILURES]:
            print(f"  {failure}", file=sys.stderr, flush=True)
    return int(not all(row.is_clean for row in rows))


def table_line(row: Row) -> str:
    """Return one line of the table."""
    outcomes = ", ".join(f"{name} {count}" for name, count in row.outcomes.items())
    numbers = f"{row.count} | {row.crashed} | {row.hung} | {row.unaccounted} | {row.slowest_seconds:.2f}"
    return f"| {row.format_name} | {numbers} | {row.peak_growth_bytes >> 20} | {outcomes} |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.mutations", description=__doc__.partition("\n")[0])
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help=f"one of {', '.join(FORMATS)}; default: all")
    parser.add_argument("--count", type=int, default=300, help="inputs per format")
    parser.add_argument("--seed", type=int, default=1, help="which inputs")
    parser.add_argument("--number", type=int, help="read this one input alone, in this process")
    arguments = parser.parse_args()
    if unknown := set(arguments.formats) - set(FORMATS):
        parser.error(f"no format {', '.join(sorted(unknown))}; known: {', '.join(FORMATS)}")
    return arguments


if __name__ == "__main__":
    sys.exit(main())

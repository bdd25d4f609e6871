"""Processes that read segments of WARC files while the next one is fetched: one connection is used, and two cores.

A reader is sent a segment and answers with what it holds. It writes nothing and holds nothing, and ends with the crawl
however that ends. Its stdin is a socket on which it is asked and answers.
"""

import asyncio
import gc
import os
import socket
import subprocess
import sys
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

from config import CommonCrawlSettings
from crawler.parent import end_with_parent
from crawler.segments import FetchedBytes, SegmentReading, local_bytes, read_segment
from storage.errors import CrawlError
from storage.parquet import leave_pandas_alone

# Smaller segments are read here before a process would have started.
_WORTH_A_PROCESS_BYTES = 4_000_000
# glibc gives large pieces of memory back at once, and to get them anew for the next page takes a tenth of the time.
_KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": "2000000000", "MALLOC_MMAP_THRESHOLD_": "1000000000"}


@dataclass(frozen=True, slots=True)
class Task:
    """What a reader is sent."""

    fetched: FetchedBytes
    crawl_run_id: str
    settings: CommonCrawlSettings
    # So many bytes lie in a file of this machine: a reader reads them there, which saves two copies.
    local_bytes: int = 0

    def run(self) -> SegmentReading:
        """Read the segment."""
        return read_segment(self.fetched, self.crawl_run_id, self.settings)


class PageReaders:
    """The readers of one crawl: as many as have been needed at the same time, and no more than there are cores."""

    def __init__(self) -> None:
        self._all: list[_Reader] = []
        self._idle: list[_Reader] = []
        self._room = asyncio.Semaphore(os.cpu_count() or 1)

    def __enter__(self) -> "PageReaders":
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self._all:
            reader.close()

    async def read(self, task: Task) -> SegmentReading:
        """Read a segment in a process of its own where that is worth it, or one is waiting for work."""
        if len(task.fetched.data) < _WORTH_A_PROCESS_BYTES and not self._idle:
            return task.run()
        async with self._room:
            reader = self._idle.pop() if self._idle else self._start()
            answer = await asyncio.to_thread(reader.ask, task)
            self._idle.append(reader)
        return answer

    def _start(self) -> "_Reader":
        self._all.append(_Reader())
        return self._all[-1]


class _Reader:
    """One process."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                # Imported by its name, so that both sides know what they send by the same one.
                [sys.executable, "-c", "from crawler.page_readers import main; main()", str(os.getpid())],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env={**os.environ, **_KEEP_MEMORY, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        self._connection: Connection[Any, Any] = Connection(ours.detach())

    def ask(self, task: Task) -> SegmentReading:
        """Have a segment read."""
        try:
            # The bytes go by themselves: packed with the rest they would be copied twice more.
            self._connection.send(replace(task, fetched=replace(task.fetched, data=b"")))
            if not task.local_bytes:
                self._connection.send_bytes(task.fetched.data)
            answer = self._connection.recv()
        except (EOFError, OSError):
            raise CrawlError(
                f"The process that reads pages ended with status {self._process.wait()}, and the crawl's log may say "
                f"why; run the crawl again to go on where it stopped."
            ) from None
        assert isinstance(answer, SegmentReading)
        return answer

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._connection.close()


def main() -> None:
    """Read one segment after another until nobody asks any more."""
    end_with_parent(int(sys.argv[1]))
    leave_pandas_alone()
    # Pages make no cycles, and to look for some in all that is held takes a twentieth of the time.
    gc.disable()
    connection: Connection[Any, Any] = Connection(os.dup(sys.stdin.fileno()))
    try:
        while True:
            task: Task = connection.recv()
            fetched, length = task.fetched, task.local_bytes
            data = local_bytes(fetched.file, fetched.offset, length) if length else connection.recv_bytes()
            connection.send(replace(task, fetched=replace(fetched, data=data)).run())
    except (EOFError, ConnectionError):
        return

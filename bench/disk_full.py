"""Crawls onto a disk that runs full: each says so in one sentence, and the one that has room again completes them.

A limit on the size of a file stands for the disk: it needs no rights, and fails in the same call.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import crawler
from bench.faults import FaultRow
from bench.landed import compare, folder_of, items_of, make_source, settings_for, undisturbed
from bench.material import SINCE, UNTIL
from crawler.spec import CrawlSpec
from demo.origin import serve
from storage import landing

NAME = "disk full"
# Room for a file, crawl by crawl: none for the plan, none for most of what lands, then enough.
_ROOM_BYTES = (300, 8_000, 1 << 30)
_CRAWL_IN_ROOM = (
    "import resource, runpy, sys; room = int(sys.argv.pop(1)); "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)); "
    "runpy.run_module('crawler', run_name='__main__', alter_sys=True)"
)


def run(source: str, item_count: int) -> FaultRow:
    """Return the row of one source."""
    whole = undisturbed(source, item_count)
    with serve(make_source(source, item_count)) as origin, tempfile.TemporaryDirectory() as root:
        settings = settings_for(origin, source)
        spec = CrawlSpec(source, SINCE, UNTIL, Path(root), settings.seed, settings)
        sentences = [sentence for room in _ROOM_BYTES if (sentence := _crawl(spec, room))]
        state = landing.read_run(spec.folder)
        assert state, f"{source}: nothing says how the crawl went: {sentences}"
        assert state.is_complete, f"{source}: not complete although there was room: {sentences}"
        comparison = compare(items_of(folder_of(Path(root), source)), whole.items)
        return FaultRow(
            misbehaviour=NAME,
            source=source,
            request_count=origin.requests.total(),
            landed_count=state.landed_count,
            lost_count=comparison.lost_count,
            duplicate_count=comparison.duplicate_count,
            strange_count=comparison.strange_count,
            longest_wait_seconds=0.0,
            run_count=len(_ROOM_BYTES),
            ended="declared hole, then complete" if sentences else "complete",
            remark="",
        )


def _crawl(spec: CrawlSpec, room_bytes: int) -> str | None:
    """Crawl with room for files of so many bytes; return the sentence it ends with, None when it is complete."""
    spec.folder.mkdir(parents=True, exist_ok=True)
    spec_path = spec.folder / "spec.json"
    spec_path.write_text(spec.to_json(), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(crawler.__file__).parent.parent)}
    command = [sys.executable, "-c", _CRAWL_IN_ROOM, str(room_bytes), str(spec_path)]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    last = json.loads(ended.stdout.splitlines()[-1]) if ended.stdout else {}
    if ended.returncode == 0:
        return None
    state = landing.read_run(spec.folder)
    assert state is None or not state.is_complete, f"{spec.source}: a crawl without room is marked complete"
    sentence = str(last.get("message", ended.stderr[-2000:]))
    assert re.fullmatch(r".*could not be written.*make room and run this again.*\.", sentence), sentence
    return sentence

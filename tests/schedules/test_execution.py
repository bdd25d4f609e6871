import os
import signal
from functools import partial
from pathlib import Path

import pytest

from config import load_settings
from schedules.execution import MAX_ROUNDS, map_shards
from storage.errors import FreshpressError

SETTINGS = load_settings().execution.model_copy(update={"workers": 2})


def write_square(number: int, folder: Path) -> None:
    (folder / str(number)).write_text(str(number**2))


def die_once(number: int, folder: Path) -> None:
    """Kill the worker the first time it meets number 3."""
    if number == 3 and not (folder / "died").exists():
        (folder / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    write_square(number, folder)


def die_always(number: int, folder: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def is_there(folder: Path, number: int) -> bool:
    return (folder / str(number)).exists()


def test_only_shards_without_a_result_are_run(tmp_path: Path) -> None:
    (tmp_path / "2").write_text("kept")
    seen: list[tuple[int, int]] = []
    map_shards(
        partial(write_square, folder=tmp_path),
        [1, 2, 3],
        partial(is_there, tmp_path),
        SETTINGS,
        lambda *n: seen.append(n),
    )
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"1": "1", "2": "kept", "3": "9"}
    assert seen == [(2, 3), (3, 3)]


def test_a_fresh_pool_takes_the_rest_when_a_worker_dies(tmp_path: Path) -> None:
    map_shards(partial(die_once, folder=tmp_path), [1, 2, 3, 4], partial(is_there, tmp_path), SETTINGS, lambda *_: None)
    assert {p.name for p in tmp_path.iterdir()} == {"1", "2", "3", "4", "died"}


def test_after_five_pools_it_is_a_stated_failure(tmp_path: Path) -> None:
    assert MAX_ROUNDS == 5
    with pytest.raises(FreshpressError, match="2 of 2 shards are not done after 5 pools"):
        map_shards(partial(die_always, folder=tmp_path), [1, 2], partial(is_there, tmp_path), SETTINGS, lambda *_: None)

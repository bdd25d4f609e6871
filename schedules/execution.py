"""One map function for any place: joblib over the shards that have no result yet.

The function writes a shard's result file itself, under its final name only when it is whole; so whatever was lost
with a dead worker is simply still to do.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from joblib import Parallel, delayed

from config import ExecutionSettings
from storage.errors import FreshpressError

Shard = TypeVar("Shard")

MAX_ROUNDS = 5
# Workers of a killed job finish their shard and end after this long without a next one (joblib's default is 300 s).
IDLE_WORKER_SECONDS = 10


def map_shards(
    function: Callable[[Shard], None],
    shards: Sequence[Shard],
    is_done: Callable[[Shard], bool],
    settings: ExecutionSettings,
    on_done: Callable[[int, int], None],
) -> None:
    """Run the function over every shard that is not done; a fresh pool takes the rest when workers die."""
    failure: BaseException | None = None
    for _ in range(MAX_ROUNDS):
        left = [shard for shard in shards if not is_done(shard)]
        if not left:
            return
        try:
            for count in _run_pool(function, left, settings):
                on_done(len(shards) - len(left) + count, len(shards))
        except BrokenProcessPool as error:
            failure = error
    if left := [shard for shard in shards if not is_done(shard)]:
        raise FreshpressError(
            f"{len(left)} of {len(shards)} shards are not done after {MAX_ROUNDS} pools of workers ({failure}); "
            f"give the machine more memory or lower [execution] workers, and run this again."
        )


def _run_pool(function: Callable[[Shard], None], shards: Sequence[Shard], settings: ExecutionSettings) -> Iterator[int]:
    """Run the function over the shards in one pool; yield how many are done."""
    pool = Parallel(
        n_jobs=settings.workers or os.cpu_count(), backend=settings.backend, return_as="generator_unordered"
    )
    for count, _ in enumerate(pool(delayed(function)(shard) for shard in shards), start=1):
        yield count

"""A process that ends with the one that started it, however that one ended."""

import os
import threading
import time

_LOOK_SECONDS = 0.2


def end_with_parent(parent: int) -> None:
    """End this process as soon as the process with this id is no longer its parent."""
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)

"""Fixtures every folder of tests shares."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Keep the pauses between requests of tests apart from those of the developer's own crawls."""
    os.environ["FRESHPRESS_STATE"] = tempfile.mkdtemp(prefix="freshpress-state-")


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(os.environ.pop("FRESHPRESS_STATE"))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name packed bytes by their argument: a gzip header holds the second it was made in, and workers collect alike."""
    return argname if isinstance(val, bytes) and not val.isascii() else None


def require(is_there: bool, what: str) -> None:
    """Skip with a reason where something is missing; fail instead where everything must be there (CI)."""
    if is_there:
        return
    if os.environ.get("FRESHPRESS_REQUIRE_ALL") == "1":
        pytest.fail(f"{what} is missing, and FRESHPRESS_REQUIRE_ALL=1 allows no skipped test")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real inputs that lies beside a developer's checkout."""
    folder = ROOT.parent / "shared" / "data"
    require(folder.is_dir(), "../shared/data (real inputs beside the checkout)")
    return folder

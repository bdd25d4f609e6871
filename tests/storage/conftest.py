"""A home with an empty lake."""

from pathlib import Path

import pytest

from storage import lake
from storage.home import Home, create_home
from storage.migrate import run_migrations


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = create_home(tmp_path / "home", "tests@example.org")
    lake.write(made, "migrate", run_migrations)
    return made

"""The house rules that a machine can check: imports point one way, and each heavy library has one door."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("analysis", "bench", "crawler", "curation", "demo", "schedules", "scoring", "storage")
STAGES = {"crawler", "curation", "scoring", "analysis"}

# Who may import whom; everybody may import itself.
ALLOWED = {
    "config": {"storage"},
    "storage": {"config"},
    "crawler": {"storage", "config"},
    "curation": {"storage", "config"},
    "scoring": {"storage"},
    "analysis": {"storage", "config"},
    "schedules": STAGES | {"storage", "config"},
    "cli": STAGES
    | {
        "schedules",
        "storage",
        "config",
        "demo",
        "cli_analysis",
        "cli_options",
        "cli_registry",
        "cli_scoring",
        "cli_upkeep",
    },
    "cli_registry": {"analysis", "schedules", "storage", "cli_options"},
    "cli_analysis": {"analysis", "schedules", "storage", "cli_options"},
    "cli_scoring": {"schedules", "cli_options"},
    "cli_upkeep": {"schedules", "storage", "cli_options"},
    "cli_options": STAGES | {"schedules", "storage"},
    # The demo is a user of the whole house and a small internet beside it.
    "demo": STAGES | {"schedules", "storage", "config", "cli"},
    # What is measured can be anything.
    "bench": STAGES | {"schedules", "storage", "config", "cli", "demo"},
}

DOORS = {
    "duckdb": {"storage/lake.py"},
    "pyarrow": {"storage/parquet.py"},
    "scrapy": {"crawler/"},
    "fastwarc": {"crawler/"},
    "trafilatura": {"curation/extract_web.py"},
    "pypandoc": {"curation/extract_tex.py"},
    "htmldate": {"curation/freshness.py"},
    "datasketch": {"curation/near_duplicates.py"},
    "numba": {"curation/shingle_kernel.py"},
    "torch": {"scoring/", "demo/"},
    "transformers": {"scoring/", "demo/"},
    "joblib": {"schedules/execution.py"},
    "apscheduler": {"schedules/service.py", "schedules/timetable.py"},
    "prometheus_client": {"schedules/metrics.py"},
    "vl_convert": {"analysis/drawing_files.py"},
    "jinja2": {"analysis/", "schedules/status_page.py"},
}

# A bare GPU node has nothing else (safetensors comes with transformers); codecs are imported where they are used.
SCORING_LIBRARIES = {"torch", "transformers", "safetensors", "numpy", "storage", "scoring"} | {
    *("zstandard", "brotli", "pyppmd", "constriction"),
}
# What `storage` modules may be loaded there.
STANDALONE_STORAGE = {"storage.records", "storage.errors"}


def modules() -> list[Path]:
    found = [*sorted(ROOT.glob("cli*.py")), ROOT / "config.py"]
    return found + [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where things are"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def home_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    ours = {name.split(".")[0] for name in imports(path)} & ALLOWED.keys()
    home = home_of(path)
    assert ours - {home} <= ALLOWED[home]


@pytest.mark.parametrize("library", DOORS)
def test_a_heavy_library_has_one_door(library: str) -> None:
    users = {
        str(path.relative_to(ROOT)) for path in modules() if library in {name.split(".")[0] for name in imports(path)}
    }
    # A bench holds each library bare beside what we make of it.
    doors = {"bench/", *DOORS[library]}
    strangers = {user for user in users if not any(user.startswith(door) for door in doors)}
    assert users
    assert not strangers


def test_scoring_needs_torch_transformers_and_numpy_alone() -> None:
    used = {name for path in (ROOT / "scoring").glob("*.py") for name in imports(path)}
    outside = {name.split(".")[0] for name in used} - set(sys.stdlib_module_names) - SCORING_LIBRARIES
    assert not outside
    assert {".".join(name.split(".")[:2]) for name in used if name.startswith("storage.")} <= STANDALONE_STORAGE


def test_records_and_errors_need_the_standard_library_alone() -> None:
    for name in ("records.py", "errors.py"):
        used = {name.split(".")[0] for name in imports(ROOT / "storage" / name)}
        assert used <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_file_holds_a_docstring_and_nothing_else(package: str) -> None:
    tree = ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


def test_every_module_says_what_it_promises() -> None:
    silent = [str(p.relative_to(ROOT)) for p in modules() if not ast.get_docstring(ast.parse(p.read_text("utf-8")))]
    assert not silent

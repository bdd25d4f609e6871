"""Members of a repository tarball: each lands or has its reason."""

import gzip
import io
import random
import tarfile
from datetime import datetime
from pathlib import Path

import pytest

from config import GithubSettings, load_settings
from crawler.github_search import Repository
from crawler.reasons import REASONS, Skipped
from crawler.tarball import read_tarball
from storage.records import RawDocument
from tests.crawler.loopback import tarball

REPOSITORY = Repository("owner/name", "https://github.com/owner/name", "main", "2026-10-05T12:00:00", "MIT", 7)
SETTINGS = load_settings().crawler.github


def read(body: bytes, **changes: object) -> list[RawDocument | Skipped]:
    settings = GithubSettings.model_validate(SETTINGS.model_dump() | changes)
    return read_tarball(body, REPOSITORY, settings, crawl_run_id="run", fetched_at=datetime(2026, 11, 1))


def reasons(items: list[RawDocument | Skipped]) -> dict[str, str]:
    return {item.item: item.reason for item in items if isinstance(item, Skipped)}


def pack(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", encoding="utf-8", errors="surrogateescape") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def special(name: str, kind: bytes, linkname: str = "") -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, linkname
    return member, b""


def test_each_reason_is_told() -> None:
    body = pack(
        (tarfile.TarInfo("root/good.py"), b"x = 1\n"),
        (tarfile.TarInfo("root/data.csv"), b"1,2\n"),
        (tarfile.TarInfo("root/empty.py"), b""),
        (tarfile.TarInfo("root/long.py"), b"y" * 101),
        (tarfile.TarInfo("root/node_modules/dep.py"), b"z = 1\n"),
        (tarfile.TarInfo("root/../../etc/up.py"), b"z = 1\n"),
        (tarfile.TarInfo("root/C:\\windows.py"), b"z = 1\n"),
        (tarfile.TarInfo("root/bell\x07.py"), b"z = 1\n"),
        (tarfile.TarInfo("root/latin-\udce9.py"), b"z = 1\n"),
        special("root/link.py", tarfile.SYMTYPE, "/etc/passwd"),
        special("root/hard.py", tarfile.LNKTYPE, "root/good.py"),
        special("root/pipe.py", tarfile.FIFOTYPE),
        special("root/folder", tarfile.DIRTYPE),
    )
    items = read(body, max_file_bytes=100)
    assert [item.title for item in items if isinstance(item, RawDocument)] == ["good.py"]
    assert reasons(items) == {
        "data.csv": "other_file_type",
        "empty.py": "empty",
        "long.py": "too_large",
        "node_modules/dep.py": "vendored",
        "../../etc/up.py": "unsafe_name",
        "C:\\windows.py": "unsafe_name",
        "bell\\x07.py": "unsafe_name",
        "latin-\\xe9.py": "unsafe_name",
        "link.py": "link",
        "hard.py": "link",
        "pipe.py": "device",
    }


def test_the_commit_comes_from_the_global_header_else_from_the_folder() -> None:
    commit = "ab" * 20
    (stated,) = read(tarball({"a.py": b"x"}, commit=commit))
    (named,) = read(tarball({"a.py": b"x"}, root="owner-name-89abcde"))
    (neither,) = read(tarball({"a.py": b"x"}, root="folder"))
    (dated,) = read(tarball({"a.py": b"x"}, root="release-20261005"))
    assert isinstance(dated, RawDocument)
    assert dated.revision.startswith("sha256:")
    assert isinstance(stated, RawDocument)
    assert isinstance(named, RawDocument)
    assert isinstance(neither, RawDocument)
    assert (stated.revision, named.revision) == (commit, "89abcde")
    assert neither.revision.startswith("sha256:")


def test_only_a_folder_that_everything_shares_is_left_out_of_the_names() -> None:
    two_trees = pack(
        special("src", tarfile.DIRTYPE),
        (tarfile.TarInfo("src/foo.py"), b"x = 1\n"),
        (tarfile.TarInfo("tests/foo.py"), b"y = 1\n"),
        (tarfile.TarInfo("setup.py"), b"z = 1\n"),
        (tarfile.TarInfo("vendor/foo.py"), b"z = 1\n"),
    )
    items = read(two_trees)
    documents = [item for item in items if isinstance(item, RawDocument)]
    assert [document.title for document in documents] == ["src/foo.py", "tests/foo.py", "setup.py"]
    assert len({document.document_id for document in documents}) == 3
    assert reasons(items) == {"vendor/foo.py": "vendored"}
    (alone,) = read(pack((tarfile.TarInfo("setup.py"), b"z = 1\n")))
    assert isinstance(alone, RawDocument)
    assert alone.title == "setup.py"


def test_neighbours_keep_their_order() -> None:
    items = read(tarball({"b.py": b"1", "a.txt": b"2", "c.py": b"3"}))
    assert [(item.title, item.position) for item in items if isinstance(item, RawDocument)] == [
        ("b.py", 0),
        ("c.py", 2),
    ]


@pytest.mark.parametrize(
    ("body", "changes", "reason"),
    [
        (tarball({f"{i}.py": b"x" for i in range(4)}), {"max_archive_members": 3}, "too_many_members"),
        (tarball({"zeros.bin": bytes(3_000_000)}), {"max_archive_ratio": 10.0}, "archive_ratio"),
        (tarball({"a.py": b"x" * 60, "b.py": b"y" * 60}), {"max_archive_bytes": 100}, "too_large"),
        (b"no archive at all", {}, "unreadable_archive"),
        (b"", {}, "unreadable_archive"),
        (tarball({"a.py": b"x = 1\n" * 5000})[:-60], {}, "unreadable_archive"),
        (bytes(10_240), {}, "empty"),
    ],
)
def test_an_archive_over_a_cap_or_in_pieces_is_one_row(body: bytes, changes: dict[str, object], reason: str) -> None:
    assert reasons(read(body, **changes)) == {"owner/name": reason}


@pytest.mark.parametrize("end", [512 * 5, 512 * 5 + 100])
def test_a_tar_that_stops_between_or_inside_headers_is_not_taken_for_a_short_one(end: int) -> None:
    plain = gzip.decompress(tarball({f"{n}.py": b"x" * 500 for n in range(6)}))
    assert len(read(plain)) == 6
    assert reasons(read(plain[:end])) == {"owner/name": "unreadable_archive"}
    damaged = plain[: 512 * 4] + b"\xff" * 512 + plain[512 * 5 :]
    assert reasons(read(damaged)) == {"owner/name": "unreadable_archive"}


def test_a_tar_without_its_end_is_whole_when_its_gzip_is() -> None:
    plain = gzip.decompress(tarball({f"{n}.py": b"x" * 500 for n in range(6)}))
    short = plain.rstrip(b"\0") + bytes(12)
    assert len(short) % 512 == 0
    assert len(read(gzip.compress(short))) == 6
    # A gzip of two members is read to its end, too.
    assert len(read(gzip.compress(short[: 512 * 4]) + gzip.compress(short[512 * 4 :]))) == 6
    assert reasons(read(gzip.compress(short)[:-1])) == {"owner/name": "unreadable_archive"}
    assert reasons(read(gzip.compress(short[:-600]))) == {"owner/name": "unreadable_archive"}
    assert reasons(read(short)) == {"owner/name": "unreadable_archive"}


def test_a_tarball_that_was_unpacked_on_the_way_reads_the_same() -> None:
    body = tarball({"a.py": b"x = 1\n"}, commit="ab" * 20)
    packed, plain = read(body), read(gzip.decompress(body))
    assert packed == plain


def test_real_tarballs_are_accounted_for(shared_data: Path) -> None:
    for path in sorted((shared_data / "github" / "tarballs").glob("*.tar.gz")):
        with tarfile.open(path) as archive:
            files = [member for member in archive if not member.isdir()]
            commit = archive.pax_headers["comment"]
        items = read(path.read_bytes())
        documents = [item for item in items if isinstance(item, RawDocument)]
        assert len(items) == len(files)
        assert len(documents) > 20
        assert {document.revision for document in documents} == {commit}
        assert commit[:7] in path.name
        assert len({document.commit_authored_at for document in documents}) == 1
        assert {item.reason for item in items if isinstance(item, Skipped)} <= set(REASONS)


def test_mutated_tarballs_end_in_rows_or_documents() -> None:
    chance = random.Random(7)
    body = gzip.decompress(tarball({f"d{i}/f{i}.py": b"x = %d\n" % i for i in range(20)}, commit="ab" * 20))
    for _ in range(300):
        mutant = bytearray(body)
        for _ in range(chance.randrange(1, 8)):
            mutant[chance.randrange(len(mutant))] = chance.randrange(256)
        items = read(bytes(mutant[: chance.choice([len(mutant), chance.randrange(len(mutant))])]))
        assert items

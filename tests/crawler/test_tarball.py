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
        (tarfile.TarInfo("root/pkg.egg-info/dep.py"), b"z = 1\n"),
        (tarfile.TarInfo("root/api/service_pb2.py"), b"z = 1\n"),
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
        "pkg.egg-info/dep.py": "generated",
        "api/service_pb2.py": "generated",
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


def header(kind: bytes, size: bytes) -> bytes:
    """Return a tar header whose size is what no writer states, its checksum right."""
    block = tarfile.TarInfo("odd.py").tobuf(tarfile.USTAR_FORMAT)
    block = block[:124] + size + block[136:156] + kind + block[157:]
    return block[:148] + b"%06o\0 " % (sum(block[:148]) + 8 * 32 + sum(block[156:])) + block[156:]


def test_a_tree_that_tools_write_is_told_by_its_place_and_words_deeper_down_are_not() -> None:
    generated = (
        "build/lib/app.py",
        "dist/app.py",
        "src/__pycache__/app.py",
        "docs/_build/conf.py",
        "api/x_pb2_grpc.py",
    )
    written = ("src/operations/build/app.py", "src/dist/app.py", "src/pb2.py", "builder/app.py")
    items = read(tarball(dict.fromkeys((*generated, *written), b"x = 1\n")))
    assert reasons(items) == dict.fromkeys(generated, "generated")
    assert [item.title for item in items if isinstance(item, RawDocument)] == list(written)


def test_a_repository_that_was_renamed_on_the_way_keeps_its_unit_and_says_where_it_came_from() -> None:
    (renamed,) = read(tarball({"a.py": b"x = 1\n"}, root="new-owner-new-name-89abcde"))
    (same,) = read(tarball({"a.py": b"x = 1\n"}, root="Owner-Name-89abcde"))
    assert isinstance(renamed, RawDocument)
    assert isinstance(same, RawDocument)
    assert renamed.unit == same.unit == "owner/name"
    assert renamed.locator == f"{same.locator}&folder=new-owner-new-name-89abcde"


def test_line_ends_of_old_macs_land_as_they_are() -> None:
    (item,) = read(tarball({"a.py": b"x = 1\ry = 2\r"}))
    assert isinstance(item, RawDocument)
    assert item.content == b"x = 1\ry = 2\r"


def test_what_follows_the_end_of_the_tar_is_read_for_the_checksum_of_its_gzip() -> None:
    body = tarball({"a.py": b"x = 1\n"})
    wrong_checksum = body[:-8] + bytes([body[-8] ^ 1]) + body[-7:]
    assert reasons(read(wrong_checksum)) == {"owner/name": "unreadable_archive"}
    assert reasons(read(body + b"rubbish")) == {"owner/name": "unreadable_archive"}
    assert len(read(body + gzip.compress(bytes(512)))) == 1


@pytest.mark.parametrize("kind", [b"0", b"L", b"x", b"5"])
@pytest.mark.parametrize("size", [b"\xff" * 12, b"\xff" * 10 + b"\xf8\0", b"\x80" + b"\xff" * 11])
@pytest.mark.timeout(20)
def test_a_size_below_nothing_or_beyond_everything_is_not_followed(kind: bytes, size: bytes) -> None:
    plain = gzip.decompress(tarball({"a.py": b"x = 1\n"}))
    body = plain[:1024] + header(kind, size) + plain[1024:]
    for items in (read(body), read(gzip.compress(body))):
        # A folder has no content: its size is not followed by anyone.
        is_refused = kind != b"5" or size.startswith(b"\xff")
        assert len(items) == 1
        assert (reasons(items) == {"owner/name": "unreadable_archive"}) is is_refused


@pytest.mark.timeout(20)
def test_a_long_number_before_a_header_costs_no_time() -> None:
    number = b"1" * 12_000
    forerunner = header(b"x", b"%011o\0" % len(number)) + number.ljust(-(-len(number) // 512) * 512, b"\0")
    plain = gzip.decompress(tarball({"a.py": b"x = 1\n"}))
    assert reasons(read(gzip.compress(forerunner * 400 + plain))) == {"owner/name": "unreadable_archive"}


def test_mutated_tarballs_end_in_rows_or_documents() -> None:
    chance = random.Random(7)
    body = gzip.decompress(tarball({f"d{i}/f{i}.py": b"x = %d\n" % i for i in range(20)}, commit="ab" * 20))
    for _ in range(300):
        mutant = bytearray(body)
        for _ in range(chance.randrange(1, 8)):
            mutant[chance.randrange(len(mutant))] = chance.randrange(256)
        items = read(bytes(mutant[: chance.choice([len(mutant), chance.randrange(len(mutant))])]))
        assert items

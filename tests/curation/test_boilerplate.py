"""Texts that consist of lines of many authors go; the one that had them first stays, and so does everybody's own."""

import gzip
import json
import random
from datetime import date, datetime, timedelta

import pytest

from curation.near_duplicates import sign
from curation.outcomes import verdict_of
from curation.reduce import reduce
from curation.shard import DOCUMENTS, SIGNATURES, VERDICTS
from storage import lake
from storage.parquet import read_records, write_records
from storage.records import Document, ReferenceItem, Signature, Snapshot, Verdict
from storage.rows import insert

# Lines of exactly 50 characters.
NOTICE = [f"line {n} of a notice that stands on everybody's page"[:50].ljust(50, ".") for n in range(12)]
APACHE = """\
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.""".splitlines()
DAY = datetime(2026, 10, 5)


def own(seed: int, count: int = 9) -> str:
    """Return one line of its own, nine words of it 71 characters."""
    draw = random.Random(seed)
    return " ".join(f"w{draw.randrange(10**6):06d}" for _ in range(count))


@pytest.fixture
def connection():
    with lake.memory("lake") as opened:
        yield opened


@pytest.fixture
def page(make_document):
    """Return a maker of pages on a site of their own each, published one after the other."""

    def made(number, text, **changes):
        values = {"cluster_key": f"site{number}.example", "published_at": DAY + timedelta(minutes=number)}
        return make_document(f"d{number:03d}", text, source="common_crawl", **(values | changes))

    return made


@pytest.fixture
def run(connection, context, tmp_path):
    """Reduce documents and return the verdicts by id."""

    def reduced(documents, settings=context, shards=1, folder="out"):
        out = tmp_path / folder
        for number in range(shards):
            part, name = documents[number::shards], f"{number}.parquet"
            write_records(out / DOCUMENTS / name, part, Document)
            write_records(out / SIGNATURES / name, [sign(d, settings.settings.duplicates) for d in part], Signature)
            write_records(out / VERDICTS / name, [verdict_of("2026-10", d, None) for d in part], Verdict)
        return {v.document_id: v for v in read_records(reduce(connection, out, settings), Verdict)}

    return reduced


def notices(page, count=10, first=0, own_words=9):
    """Return pages of twelve lines of the notice, in an order of their own, under a line of their own."""
    return [
        page(n, "\n".join([own(n, own_words), *random.Random(n).sample(NOTICE, len(NOTICE))]))
        for n in range(first, first + count)
    ]


def dropped(verdicts):
    return {name: v.related_document_id for name, v in sorted(verdicts.items()) if v.reason == "boilerplate"}


def test_pages_of_a_notice_that_ten_sites_share_go_for_the_first(run, page):
    documents = [*notices(page), page(10, "\n".join(own(100 + n) for n in range(9)))]
    verdicts = run(documents)
    assert dropped(verdicts) == {f"d{n:03d}": "d000" for n in range(1, 10)}
    assert verdicts["d000"].is_kept
    assert verdicts["d010"].is_kept
    verdict = verdicts["d003"]
    # Twelve lines of 50 characters in 683: the own line has 71, and there are twelve line feeds.
    assert (verdict.step, verdict.measured_value, verdict.limit_value) == ("boilerplate", "0.878477", "0.7")


def test_nine_sites_are_too_few(run, page):
    assert dropped(run(notices(page, 9))) == {}


def test_a_site_that_repeats_itself_proves_nothing(run, page):
    same = [page(int(d.document_id[1:]), d.text, cluster_key="one.example") for d in notices(page, 20)]
    assert dropped(run(same)) == {}


@pytest.mark.parametrize(("own_lines", "is_dropped"), [(3, True), (4, False)])
def test_the_share_decides(run, page, own_lines, is_dropped):
    """Of 12 lines of 50 characters and 3 or 4 of 71, with their line feeds: 600 / 828 and 600 / 900."""
    text = "\n".join([*(own(200 + n) for n in range(own_lines)), *NOTICE])
    verdicts = run([*notices(page), page(50, text)])
    assert ("d050" in dropped(verdicts)) is is_dropped


def test_short_lines_are_nobodys_boilerplate(run, page, change):
    documents = notices(page)
    assert dropped(run(documents, change("boilerplate", min_line_chars=51))) == {}
    assert len(dropped(run(documents, change("boilerplate", min_line_chars=50), folder="fifty"))) == 9


def test_indentation_makes_no_line_long(run, page):
    indented = [f"{'':40}return {n}" for n in range(12)]
    documents = [page(n, "\n".join([own(n), *random.Random(n).sample(indented, 12)])) for n in range(12)]
    assert dropped(run(documents)) == {}


def test_case_indentation_and_white_space_at_the_end_make_no_difference(run, page):
    documents = notices(page)
    documents[4] = page(4, documents[4].text.upper())
    documents[5] = page(5, documents[5].text.replace("\n", "\n\t  "))
    documents[6] = page(6, documents[6].text.replace("\n", "  \n"))
    assert dropped(run(documents)).keys() == {f"d{n:03d}" for n in range(1, 10)}


def test_each_text_goes_for_the_one_that_had_most_of_it_first(run, page):
    other = [line.replace("notice", "licence") for line in NOTICE]
    texts = {n: [own(n), *(NOTICE if n < 12 else other)] for n in range(24)}
    texts[30] = [own(30), *NOTICE[:4], *other]
    documents = [page(n, "\n".join(random.Random(n).sample(lines, len(lines)))) for n, lines in texts.items()]
    found = dropped(run(documents))
    assert (found["d011"], found["d023"], found["d030"]) == ("d000", "d012", "d012")


def test_files_of_mere_licence_go_and_files_under_a_licence_stay(run, make_document):
    """Ten repositories with two files each: the header over two lines, and over twelve lines, of 71 characters."""
    documents = [
        make_document(
            f"{kind}{n}",
            "\n".join([*APACHE, *(own(1000 * lines + 20 * n + line) for line in range(lines))]),
            cluster_key=f"owner/repository{n}",
            published_at=DAY + timedelta(minutes=n),
        )
        for n in range(10)
        for kind, lines in (("mere", 2), ("sound", 12))
    ]
    verdicts = run(documents)
    assert dropped(verdicts) == {f"mere{n}": "mere0" for n in range(1, 10)}
    assert all(verdicts[f"sound{n}"].is_kept for n in range(10))


def test_the_sites_of_history_count_and_had_it_first(run, page, connection, context):
    connection.execute("USE lake")
    old = notices(page, 9)
    window = (date(2026, 9, 1), date(2026, 10, 1))
    insert(connection, [Snapshot("2026-09", *window, (), 1, "c", "f", 0, 0, datetime(2026, 10, 1), True)], Snapshot)
    insert(connection, old, Document)
    insert(connection, [sign(document, context.settings.duplicates) for document in old], Signature)
    insert(connection, [verdict_of("2026-09", document, None) for document in old], Verdict)
    connection.execute("USE main")
    assert dropped(run(notices(page, 1, first=20))) == {"d020": "d000"}


def test_a_copy_is_a_duplicate_first_and_a_leak_in_a_notice_is_a_notice(run, page, connection):
    documents = notices(page)
    question = own(300, 30)
    connection.execute("USE lake")
    insert(connection, [ReferenceItem("gsm8k", "17", question)], ReferenceItem)
    connection.execute("USE main")
    documents += [
        page(11, documents[3].text.upper()),
        page(12, "\n".join([question, *NOTICE, *NOTICE])),
        page(13, f"{own(13)}\n{question}"),
    ]
    verdicts = run(documents)
    assert [verdicts[f"d0{n}"].reason for n in (11, 12, 13)] == ["exact_duplicate", "boilerplate", "contaminated"]


def test_no_clusters_switch_the_rule_off(run, page, change):
    assert dropped(run(notices(page), change("boilerplate", min_clusters=0))) == {}


def test_the_verdicts_do_not_depend_on_shards_or_order(run, page):
    documents = notices(page, 30)
    expected = run(documents)
    random.Random(7).shuffle(documents)
    assert run(documents, shards=4, folder="other") == expected
    assert len(dropped(expected)) == 29


def test_no_real_text_is_taken_for_boilerplate(run, page, connection, shared_data):
    """Every file and article as a site of its own, which makes more lines common to many than there are."""
    texts = [
        json.loads(line)["text"]
        for path in sorted((shared_data / "text").glob("*.jsonl.gz"))
        for line in gzip.decompress(path.read_bytes()).splitlines()
    ]
    verdicts = run([page(number, text) for number, text in enumerate(texts)])
    lines = connection.execute("SELECT count(*) FROM boilerplate_lines").fetchone()
    assert (len(verdicts), dropped(verdicts)) == (len(texts), {})
    assert lines is not None
    assert lines[0] > 30

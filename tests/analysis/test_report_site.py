"""The site: pages that lead to one another, nothing fetched, nothing unescaped, files that are whole and current."""

import csv
import os
import re
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from analysis.report_files import write_table
from analysis.report_page import page_name
from analysis.report_tables import PageTable
from analysis.tables import Table
from storage.parquet import read_rows
from storage.records import Document, Snapshot, SnapshotDocument
from tests.analysis.conftest import DOCUMENT
from tests.analysis.test_report import MEANINGS, SCRIPT, fill, october, words, write

HOSTILE = "<img src=x onerror=alert(1)>; \"quoted\" 'family'"


class Elements(HTMLParser):
    """Collects tags with their attributes, and which are left open."""

    VOID = ("meta", "br", "wbr", "link", "img", "path", "rect", "line", "input")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """Write one full report: snapshot S, scored, and the older R, not scored. Names are hostile."""
    small = fill(october())
    small.insert(
        Snapshot("R", date(2026, 9, 1), date(2026, 10, 1), ("github",), 1, "c", "f", 0, 0, datetime(2026, 10, 2), False)
    )
    hostile = Document(
        **{name: getattr(DOCUMENT, name) for name in Document.__slots__}
        | {"document_id": "0", "text_sha256": "0", "source": "github", "title": SCRIPT, "url": "javascript:alert(1)"}
    )
    small.insert(hostile, SnapshotDocument("R", "0", "0"))
    small.ask("UPDATE models SET family = $family WHERE model_id = 'second'", family=HOSTILE)
    folder = tmp_path_factory.mktemp("report")
    write(small, folder)
    small.connection.close()
    return folder


def pages(site: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in site.glob("*.html")}


def test_the_index_leads_to_every_page_and_pages_to_their_neighbours(site):
    links = {name: {link.get("href") for link in Elements(page).of("a")} for name, page in pages(site).items()}
    assert {"S.html", "R.html"} <= links["index.html"]
    assert {"index.html", "R.html"} <= links["S.html"]
    assert {"index.html", "S.html"} <= links["R.html"]
    for name in ("S.html", "R.html"):
        current = [a["href"] for a in Elements(pages(site)[name]).of("a") if a.get("aria-current")]
        assert current == [name]


def test_the_index_gives_the_answers_of_the_newest_snapshot(site):
    said = words(pages(site)["index.html"])
    answers = said.index("Who compresses best?"), said.index("Does it match benchmarks?"), said.index("Can I trust it?")
    assert list(answers) == sorted(answers)
    assert "best leads on fresh text, tied with 2 others" in said[: answers[0]]
    assert "There is one snapshot with scores. Curves begin with the second." in said
    (row,) = [row for row in csv.DictReader((site / "over_time" / "snapshots.csv").open()) if row["snapshot_id"] == "S"]
    assert (row["best_model"], row["n"], row["model_count"], row["document_count"]) == ("best", "3", "3", "0")


def test_what_comes_from_outside_is_escaped(site):
    for name, page in pages(site).items():
        assert "<script>alert" not in page, name
        assert "<img" not in page, name
        assert len(Elements(page).of("script")) == 1, name
    older = pages(site)["R.html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in older
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages(site)["S.html"]
    assert "javascript:alert(1)" in words(older)
    assert not [a for a in Elements(older).of("a") if (a["href"] or "").startswith("javascript")]


def test_what_comes_from_outside_is_text_in_drawings_too(site):
    for path in (site / "S").glob("*.svg"):
        tags = {element.tag.partition("}")[2] for element in ElementTree.parse(path).iter()}
        assert tags <= {"svg", "g", "path", "text", "title", "style", "rect"}, path
    titles = [element.text for element in ElementTree.parse(site / "S" / "correlation.svg").iter()]
    assert any(text and f"family {HOSTILE}" in text for text in titles)
    tips = [group["data-tip"] for group in Elements(pages(site)["S.html"]).of("g") if "data-tip" in group]
    assert any(tip and f"family {HOSTILE}" in tip for tip in tips)


def test_nothing_is_fetched(site):
    for page in pages(site).values():
        elements = Elements(page)
        assert elements.open == []
        for tag in ("link", "img", "iframe", "object", "image", "use", "form"):
            assert elements.of(tag) == [], tag
        assert not [name for _, attributes in elements.found for name in attributes if name in ("src", "srcset")]
        assert not re.search(r"@import|@font-face|url\((?!#)", page)


def test_every_link_leads_to_a_file_and_a_place_in_it(site):
    ids = {name: {found.get("id") for _, found in Elements(page).found} for name, page in pages(site).items()}
    for name, page in pages(site).items():
        links = {a["href"] or "" for a in Elements(page).of("a")}
        near = {link for link in links if not link.startswith("https://")}
        assert near
        for link in near:
            path, _, place = link.partition("#")
            assert not path or (site / path).is_file(), link
            assert not place or place in ids[path or name], link


@pytest.mark.parametrize(("name", "least_tables", "drawings"), [("S.html", 15, 11), ("index.html", 3, 1)])
def test_tables_figures_and_ids_are_accessible(site, name, least_tables, drawings):
    elements = Elements(pages(site)[name])
    assert len(elements.of("table")) == len(elements.of("caption")) >= least_tables
    assert all(cell.get("scope") in ("col", "row") for cell in elements.of("th"))
    drawn = [div for div in elements.of("div") if "drawing" in (div.get("class") or "").split()]
    assert len(drawn) == drawings
    assert all(div.get("role") == "img" and div.get("aria-label") for div in drawn)
    assert all(svg.get("aria-hidden") == "true" for svg in elements.of("svg"))
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {attributes["aria-labelledby"] for _, attributes in elements.found if "aria-labelledby" in attributes}
    assert labelled <= set(ids)
    assert [tag for tag, _ in elements.found if tag == "h1"] == ["h1"]


def test_every_mark_of_a_fit_says_its_model(site):
    tips = [group["data-tip"] for group in Elements(pages(site)["S.html"]).of("g") if "data-tip" in group]
    # 400 bits over 400 characters of code; 1 − 1/4 + 4/100.
    assert "best; family best; 1.000 bits per character; score 0.790" in tips
    assert "best; code; 1.000 bits per character" in " | ".join(tip or "" for tip in tips)


def test_drawings_are_well_formed_and_name_the_models(site):
    drawing = (site / "S" / "bits_per_character.svg").read_text(encoding="utf-8")
    texts = {element.text for element in ElementTree.fromstring(drawing).iter() if element.text}
    assert {"best", "second", SCRIPT, "web pages", "code", "papers"} <= texts
    for name in ("bits_per_character", "correlation", "flow", "grades"):
        assert (site / "S" / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_tables_lie_beside_the_page_in_full(site):
    rows = list(csv.DictReader((site / "S" / "standings.csv").open(encoding="utf-8")))
    assert [(row["model"], row["mean_of_sources"], row["model_id"]) for row in rows[:3]] == [
        ("best", "2.0", "best"), ("second", "3.0", "second"), (SCRIPT, "4.0", "third"),
    ]  # fmt: skip
    parquet = list(read_rows(site / "S" / "standings.parquet"))
    assert [(row["model"], row["github"], row["rank"]) for row in parquet][2:4] == [
        (SCRIPT, 2.0, 3),
        ("xz@9e", 4.0, None),
    ]
    verdicts = list(read_rows(site / "S" / "verdicts.parquet"))
    assert sum(row["documents"] for row in verdicts) == 7
    assert {row["meaning"] for row in verdicts if row["reason"] == "too_old"} == {MEANINGS["too_old"]}


def test_a_spreadsheet_calculates_nothing(tmp_path):
    hostile = '=HYPERLINK("https://example.org";"click")'
    table = Table(("title", "change"), ((hostile, -0.5), ("plain", 1.0), ("@cmd", None)))
    write_table(tmp_path, PageTable("examples", "", table, table, ""))
    rows = list(csv.reader((tmp_path / "examples.csv").open(encoding="utf-8")))
    assert rows[1:] == [["'" + hostile, "-0.5"], ["plain", "1.0"], ["'@cmd", ""]]
    assert [row["title"] for row in read_rows(tmp_path / "examples.parquet")] == [hostile, "plain", "@cmd"]


def test_an_earlier_report_is_replaced_whole(tmp_path):
    small = october()
    (tmp_path / "S").mkdir()
    (tmp_path / "index.html").write_text("half a pa", encoding="utf-8")
    (tmp_path / "S" / "verdicts.csv").write_text("of an earlier report", encoding="utf-8")
    (tmp_path / "S" / "notes.txt").write_text("of the user", encoding="utf-8")
    assert write(small, tmp_path, "index.html").rstrip().endswith("</html>")
    assert not (tmp_path / "S" / "verdicts.csv").exists()
    assert (tmp_path / "S" / "notes.txt").read_text(encoding="utf-8") == "of the user"
    assert [path for path in tmp_path.rglob("*") if "partial" in path.name] == []


@pytest.mark.slow
def test_what_has_not_changed_is_not_written_again(tmp_path):
    small = fill(october())
    write(small, tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    for path in files:
        os.utime(path, (1, 1))
    (tmp_path / "S" / "flow.png").unlink()
    small.ask("DELETE FROM benchmark_results WHERE benchmark = 'MBPP'")
    write(small, tmp_path)
    fresh = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.stat().st_mtime > 1}
    assert {"S/correlation.svg", "S/correlation.png", "S/flow.png", "S.html", "index.html"} <= fresh
    assert not fresh & {"S/standings.csv", "S/standings.parquet", "S/bits_per_character.png", "S/grades.svg"}


@pytest.mark.slow
def test_another_snapshot_can_lead_the_index(tmp_path):
    small = fill(october())
    small.insert(
        Snapshot("T", date(2026, 11, 1), date(2026, 12, 1), ("github",), 1, "c", "f", 0, 0, datetime(2026, 12, 2), True)
    )
    assert "No model is compared on T yet" in words(write(small, tmp_path, "index.html"))
    assert "best leads on fresh text" in words((tmp_path / "S.html").read_text(encoding="utf-8"))


def test_a_snapshot_of_any_name_stays_inside_the_folder():
    assert page_name("2026-10") == "2026-10"
    names = [page_name(name) for name in ("../../etc", "reference:mmlu", "reference/mmlu", "index", "over_time", "…")]
    assert len(set(names)) == 6
    assert all(re.fullmatch(r"[A-Za-z0-9-]+", name) and name != "index" for name in names)


def test_a_file_that_cannot_be_written_ends_the_report(tmp_path):
    (tmp_path / "S" / "verdicts.parquet").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        write(fill(october()), tmp_path)

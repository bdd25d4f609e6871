"""What `curate` says of itself before it begins, and which settings make two curations two."""

from dataclasses import replace
from pathlib import Path

import pytest

from config import Settings
from schedules import jobs
from schedules.periods import month
from schedules.workspace import Workspace
from storage.errors import ConfigError

NOTICE = "[curation.quality] code_tokenizer names no tokenizer.json."


def with_tokenizer(settings: Settings, path: str) -> Settings:
    quality = settings.curation.quality.model_copy(update={"code_tokenizer": path})
    return settings.model_copy(update={"curation": settings.curation.model_copy(update={"quality": quality})})


@pytest.mark.parametrize(
    ("sources", "tokenizer", "count"),
    [(("github", "arxiv"), "", 1), (("github",), __file__, 0), (("arxiv", "common_crawl"), "", 0)],
)
def test_a_rule_that_is_off_for_want_of_a_tokenizer_is_named_once(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    sources: tuple[str, ...],
    tokenizer: str,
    count: int,
) -> None:
    for name in ("map_shards", "reduce", "compile_kernel"):
        monkeypatch.setattr(jobs, name, lambda *_: None)
    asked = replace(workspace, settings=with_tokenizer(workspace.settings, tokenizer))
    jobs.curate(asked, month("2026-10"), sources)
    assert capsys.readouterr().err.count(NOTICE) == count


def test_settings_are_told_apart_by_what_a_tokenizer_says_and_not_by_where_it_lies(
    workspace: Workspace, tmp_path: Path
) -> None:
    def hashed(path: Path | None) -> str:
        asked = replace(workspace, settings=with_tokenizer(workspace.settings, str(path) if path else ""))
        return jobs.config_hash(asked, month("2026-10"), ("github",))

    one, moved = tmp_path / "one.json", tmp_path / "moved.json"
    one.write_text("1")
    moved.write_text("1")
    before = hashed(one)
    assert before == hashed(moved) != hashed(None)
    one.write_text("2")
    assert hashed(one) != before
    with pytest.raises(ConfigError, match=r"none\.json' is no file; name a tokenizer\.json"):
        hashed(tmp_path / "none.json")

"""What `curate` says of itself before it begins."""

from dataclasses import replace

import pytest

from config import Settings
from schedules import jobs
from schedules.periods import month
from schedules.workspace import Workspace

NOTICE = "[curation.quality] code_tokenizer names no tokenizer.json."


def with_tokenizer(settings: Settings, path: str) -> Settings:
    quality = settings.curation.quality.model_copy(update={"code_tokenizer": path})
    return settings.model_copy(update={"curation": settings.curation.model_copy(update={"quality": quality})})


@pytest.mark.parametrize(
    ("sources", "tokenizer", "count"),
    [(("github", "arxiv"), "", 1), (("github",), "tokenizer.json", 0), (("arxiv", "common_crawl"), "", 0)],
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

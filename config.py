"""Settings: strict, typed, every default in `config.toml`. A user's `freshpress.toml` overrides only what it sets.

Functions are handed the section or the values they need, never the whole of it.
"""

import difflib
import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from storage.errors import ConfigError

DEFAULTS_PATH = Path(__file__).with_name("config.toml")
USER_FILE = "freshpress.toml"

Seconds = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(gt=0)]
Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+")]


class Section(BaseModel):
    """A part of the settings: immutable, and without room for a key nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class GithubSettings(Section):
    """`[crawler.github]`"""

    api_url: Url
    languages: list[str]
    file_endings: list[str]
    min_stars: Count
    licences: list[str]
    budget_bytes: Positive
    max_file_bytes: Positive
    max_archive_bytes: Positive
    max_archive_members: Positive
    max_archive_ratio: Annotated[float, Field(gt=1)]
    search_delay_seconds: Seconds
    archive_delay_seconds: Seconds
    obey_robots: bool


class ArxivSettings(Section):
    """`[crawler.arxiv]`"""

    oai_url: Url
    source_url: Url
    sets: list[str]
    primary_categories: list[str]
    budget_bytes: Positive
    max_archive_bytes: Positive
    delay_seconds: Seconds
    obey_robots: bool


class CommonCrawlSettings(Section):
    """`[crawler.common_crawl]`"""

    collinfo_url: Url
    data_url: Url
    warc_files: list[str]
    crawl_count: Positive
    budget_bytes: Positive
    segment_bytes: Annotated[int, Field(ge=65_536)]
    max_record_bytes: Positive
    max_page_bytes: Positive
    languages: list[str]
    delay_seconds: Seconds
    obey_robots: bool


class CrawlerSettings(Section):
    """`[crawler]`"""

    contact: Annotated[str, Field(min_length=3, pattern=r"^[^\r\n]+$")]
    seed: int
    timeout_seconds: Annotated[float, Field(gt=0)]
    retry_count: Count
    retry_wait_seconds: Seconds
    longest_wait_seconds: Seconds
    github: GithubSettings
    arxiv: ArxivSettings
    common_crawl: CommonCrawlSettings


class ExtractionSettings(Section):
    """`[curation.extraction]`"""

    pandoc_cpu_seconds: Positive
    pandoc_memory_mib: Positive
    max_tex_bytes: Positive
    max_members: Positive
    max_unpacked_bytes: Positive
    max_ratio: Annotated[float, Field(gt=1)]


class QualitySettings(Section):
    """`[curation.quality]`"""

    min_words: Count
    max_words: Positive
    min_mean_word_chars: float
    max_mean_word_chars: float
    max_symbol_word_ratio: float
    max_bullet_line_share: Share
    max_ellipsis_line_share: Share
    min_alphabetic_word_share: Share
    min_stop_words: Count
    max_duplicate_line_share: Share
    max_duplicate_line_char_share: Share
    forbid_lorem_ipsum: bool
    forbid_curly_bracket: bool
    min_terminal_punctuation_line_share: Share
    max_short_line_share: Share
    short_line_chars: Count
    max_line_chars: Positive
    max_mean_line_chars: float
    min_alphanumeric_share: Share
    min_assignments: Count
    config_or_test_drop_share: Share
    no_keyword_drop_share: Share
    min_code_chars: Count
    min_paper_words: Count
    min_formulas: Count


class SecretsSettings(Section):
    """`[curation.secrets]`"""

    action: Literal["reject", "off"]


class DuplicatesSettings(Section):
    """`[curation.duplicates]`"""

    threshold: Annotated[float, Field(gt=0, le=1)]
    shingle_words: Positive
    permutations: Positive
    bands: Positive
    seed: int


class ContaminationSettings(Section):
    """`[curation.contamination]`"""

    ngram_words: Positive
    max_overlap: Annotated[float, Field(gt=0, le=1)]
    short_item_chars: Positive


class SamplingSettings(Section):
    """`[curation.sampling]`"""

    budget_chars: Positive
    seed: int


class CurationSettings(Section):
    """`[curation]`"""

    shard_bytes: Positive
    accept_undated: bool
    languages: list[str]
    language_min_chars: Count
    extraction: ExtractionSettings
    quality: QualitySettings
    secrets: SecretsSettings
    duplicates: DuplicatesSettings
    contamination: ContaminationSettings
    sampling: SamplingSettings


class ScoringSettings(Section):
    """`[scoring]`"""

    protocol: str
    device: str
    dtype: Literal["auto", "float32", "bfloat16", "float16"]
    batch_tokens: Positive
    shard_documents: Positive
    trust_remote_code: list[str]


class StorageSettings(Section):
    """`[storage]`"""

    busy_wait_seconds: Seconds


class ExecutionSettings(Section):
    """`[execution]`"""

    backend: Literal["loky"]
    workers: Count
    memory_limit: str
    spill_dir: str


class AnalysisSettings(Section):
    """`[analysis]`"""

    cutoff_margin_days: Count
    min_fresh_share: Share
    bootstrap_draws: Annotated[int, Field(ge=100)]
    seed: int
    confidence: Annotated[float, Field(gt=0.5, lt=1)]


class SchedulesSettings(Section):
    """`[schedules]`"""

    refresh: str
    score: str
    report: str
    stop_wait_seconds: Seconds


class Settings(Section):
    """Everything that can be set."""

    crawler: CrawlerSettings
    curation: CurationSettings
    scoring: ScoringSettings
    storage: StorageSettings
    execution: ExecutionSettings
    analysis: AnalysisSettings
    schedules: SchedulesSettings


def load_settings(home: Path | None = None) -> Settings:
    """Read the defaults and, when a home is given, lay its `freshpress.toml` over them."""
    values = _read_toml(DEFAULTS_PATH)
    user_path = home / USER_FILE if home else DEFAULTS_PATH
    if home and user_path.exists():
        _overlay(values, _read_toml(user_path), user_path, "")
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"{user_path}: {key} = {first['input']!r} is not usable: {first['msg']}; config.toml explains the key."
        ) from None


def settings_hash(section: Section, exclude: set[str] | None = None) -> str:
    """Hash one section, so that results can say by which settings they came about."""
    return hashlib.sha256(section.model_dump_json(exclude=exclude).encode()).hexdigest()[:16]


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None


def _overlay(values: dict[str, Any], changes: dict[str, Any], path: Path, prefix: str) -> None:
    for key, change in changes.items():
        if key not in values:
            near = difflib.get_close_matches(key, values, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"known here: {', '.join(values)}."
            raise ConfigError(f"{path}: unknown key {prefix}{key}; {hint}")
        if isinstance(values[key], dict) and isinstance(change, dict):
            _overlay(values[key], change, path, f"{prefix}{key}.")
        else:
            values[key] = change

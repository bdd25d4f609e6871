"""Settings: strict, typed, every default in `config.toml`. A user's `freshpress.toml` overrides only what it sets.

Functions are handed the section or the values they need, never the whole of it.
"""

import difflib
import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from storage.errors import ConfigError

DEFAULTS_PATH = Path(__file__).with_name("config.toml")
USER_FILE = "freshpress.toml"

Seconds = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(gt=0)]
# Part of ids, of folder names and of options.
ProtocolName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
# An address only programs of this machine reach, with a port, or nothing.
LOOPBACK = r"^(|(127(\.[0-9]{1,3}){3}|localhost|\[::1\]):[0-9]{1,5})$"
Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+")]

# arXiv's pages for readers; their robots.txt forbids programs.
ARXIV_READERS_HOSTS = frozenset({"arxiv.org", "www.arxiv.org"})


# The join spells out the rows of a band (curation/reduce_bands.sql); one of sixteen finds 3 % of what is 0.8 similar.
MAX_BAND_ROWS = 16

# Names that stand for one way of counting bits each (scoring/protocols.py).
SHIPPED_PROTOCOLS = frozenset(
    {"document", "document_512", "paper", "lm_eval", "codec", "codec_stream", "codec_dictionary"}
)
# Tables whose keys are names that users give.
NAMED_BY_USERS = ("scoring.protocols",)


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
    bulk_dir: str
    sets: list[str]
    primary_categories: list[str]
    budget_bytes: Positive
    max_archive_bytes: Positive
    delay_seconds: Seconds
    obey_robots: bool

    @field_validator("oai_url", "source_url")
    @classmethod
    def _refuse_readers_hosts(cls, url: str) -> str:
        host = (urlsplit(url).hostname or "").lower().rstrip(".")
        if host in ARXIV_READERS_HOSTS:
            raise ValueError(
                f"the robots.txt of {host} forbids programs, which are served by oaipmh.arxiv.org and export.arxiv.org"
            )
        return url


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
    below_stated_limits: bool
    github: GithubSettings
    arxiv: ArxivSettings
    common_crawl: CommonCrawlSettings


class ExtractionSettings(Section):
    """`[curation.extraction]`"""

    web_mode: Literal["fast_first", "careful"]
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
    max_top_run_char_shares: Annotated[list[Share], Field(min_length=3, max_length=3)]
    max_duplicate_run_char_shares: Annotated[list[Share], Field(min_length=6, max_length=6)]
    min_sentences: Count
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
    code_tokenizer: str
    min_chars_per_token: float
    min_code_chars: Count
    max_data_line_char_share: Share
    min_paper_words: Count
    min_formulas: Count


class SecretsSettings(Section):
    """`[curation.secrets]`"""

    action: Literal["reject", "mask", "off"]
    personal_data: Literal["reject", "mask", "off"]


class DuplicatesSettings(Section):
    """`[curation.duplicates]`"""

    threshold: Annotated[float, Field(gt=0, le=1)]
    shingle_words: Positive
    permutations: Positive
    bands: Positive
    seed: int

    @field_validator("bands")
    @classmethod
    def _require_whole_bands(cls, bands: int, others: ValidationInfo) -> int:
        permutations = others.data.get("permutations", bands)
        if permutations % bands:
            raise ValueError(f"{permutations} permutations cannot be cut into {bands} bands of equal rows")
        if permutations // bands > MAX_BAND_ROWS:
            raise ValueError(f"{permutations // bands} rows in a band find nothing; {MAX_BAND_ROWS} are the most")
        return bands


class BoilerplateSettings(Section):
    """`[curation.boilerplate]`"""

    min_line_chars: Positive
    min_clusters: Count
    max_char_share: Annotated[float, Field(gt=0, le=1)]


class ContaminationSettings(Section):
    """`[curation.contamination]`"""

    ngram_words: Positive
    ngram_identifiers: Positive
    max_overlap: Annotated[float, Field(gt=0, le=1)]
    max_identifier_overlap: Annotated[float, Field(gt=0, le=1)]
    min_words: Positive
    ngram_chars: Positive
    max_char_overlap: Annotated[float, Field(gt=0, le=1)]
    min_chars: Positive

    @field_validator("min_chars")
    @classmethod
    def _require_a_run(cls, min_chars: int, others: ValidationInfo) -> int:
        ngram_chars = others.data.get("ngram_chars", 0)
        if min_chars < ngram_chars:
            raise ValueError(f"an item of {min_chars} characters has no run of {ngram_chars}")
        return min_chars


class ChecksSettings(Section):
    """`[curation.checks]`"""

    texts: Count


class SamplingSettings(Section):
    """`[curation.sampling]`"""

    budget_chars: Positive
    segment_files: Positive
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
    boilerplate: BoilerplateSettings
    contamination: ContaminationSettings
    checks: ChecksSettings
    sampling: SamplingSettings


class OwnProtocolSettings(Section):
    """`[scoring.protocols.NAME]`: a shipped procedure with a window and a stride of the user's, in tokens."""

    like: Literal["document", "paper", "lm_eval"]
    window_tokens: Positive
    stride_tokens: Positive

    @field_validator("stride_tokens")
    @classmethod
    def _require_every_token(cls, stride: int, others: ValidationInfo) -> int:
        window = others.data.get("window_tokens", stride)
        if stride > window:
            raise ValueError(f"a stride over the window of {window} leaves tokens out; choose 1 to {window}")
        if others.data.get("like") == "lm_eval" and stride != window:
            raise ValueError(f"windows of lm_eval follow one another; choose the window itself, {window}")
        return stride


class ScoringSettings(Section):
    """`[scoring]`"""

    protocol: str
    device: str
    dtype: Literal["auto", "float32", "bfloat16", "float16"]
    batch_tokens: Positive
    shard_documents: Positive
    recheck_share: Share
    audit_tokens: Positive
    seed: int
    trust_remote_code: list[str]
    protocols: dict[ProtocolName, OwnProtocolSettings]

    @field_validator("protocols")
    @classmethod
    def _refuse_shipped_names(cls, protocols: dict[str, OwnProtocolSettings]) -> dict[str, OwnProtocolSettings]:
        if shipped := sorted(SHIPPED_PROTOCOLS & protocols.keys()):
            raise ValueError(f"{shipped[0]} is a protocol that Freshpress ships; give yours another name")
        return protocols


class StorageSettings(Section):
    """`[storage]`"""

    busy_wait_seconds: Seconds
    keep_versions_days: Count
    keep_landing_days: Count


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
    alarm_rate: Annotated[float, Field(gt=0, lt=0.5)]
    anchors: list[str]


class AlertSettings(Section):
    """`[schedules.alerts]`"""

    webhook_url: Url | Literal[""]
    command: list[str]
    on: list[Literal["failed", "done", "missed"]]
    retry_count: Count
    timeout_seconds: Annotated[float, Field(gt=0)]


class SchedulesSettings(Section):
    """`[schedules]`"""

    refresh: str
    score: str
    report: str
    maintenance: str
    backup_dir: str
    stop_wait_seconds: Seconds
    follow_seconds: Annotated[float, Field(ge=1)]
    score_latest: Positive
    benchmark_files: list[str]
    listen: Annotated[str, Field(pattern=LOOPBACK)]
    alerts: AlertSettings


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
            f"{user_path}: {key} = {first['input']!r} is not usable: {_why(first['msg'])}; "
            f"config.toml explains the key."
        ) from None


def settings_hash(section: Section, exclude: set[str] | None = None) -> str:
    """Hash one section, so that results can say by which settings they came about."""
    return hashlib.sha256(section.model_dump_json(exclude=exclude).encode()).hexdigest()[:16]


def _why(message: str) -> str:
    """Return what a validator of ours said, without pydantic's own opening."""
    return message.removeprefix("Value error, ")


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None


def _overlay(values: dict[str, Any], changes: dict[str, Any], path: Path, prefix: str) -> None:
    for key, change in changes.items():
        if f"{prefix}{key}" in NAMED_BY_USERS and isinstance(change, dict):
            values[key] = values[key] | change
            continue
        if key not in values:
            near = difflib.get_close_matches(key, values, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"known here: {', '.join(values)}."
            raise ConfigError(f"{path}: unknown key {prefix}{key}; {hint}")
        if isinstance(values[key], dict) and isinstance(change, dict):
            _overlay(values[key], change, path, f"{prefix}{key}.")
        else:
            values[key] = change

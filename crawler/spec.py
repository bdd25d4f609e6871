"""What one crawl is told and what it tells: the specification it gets as JSON, the progress it answers with.

Neither holds a secret: a token reaches the crawler through the environment only.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from config import ArxivSettings, CommonCrawlSettings, CrawlerSettings, GithubSettings
from storage.forgotten import NOTHING_FORGOTTEN, Forgotten
from storage.landing import landing_folder
from storage.records import content_id

# Settings that say where, how fast and how much, but not what: a crawl may be taken up again with others.
_FREE_KEYS = frozenset(
    {
        "api_url", "oai_url", "source_url", "bulk_dir", "collinfo_url", "data_url",
        "search_delay_seconds", "archive_delay_seconds", "delay_seconds", "obey_robots",
        "budget_bytes", "segment_bytes",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CrawlSpec:
    """One source over one window, where it lands, the settings of all crawlers, and what must not land again."""

    source: str
    since: date
    until: date
    landing_dir: Path
    seed: int
    settings: CrawlerSettings
    forgotten: Forgotten = NOTHING_FORGOTTEN

    @property
    def folder(self) -> Path:
        """Where this crawl lands."""
        return landing_folder(self.landing_dir, self.source, self.since, self.until)

    @property
    def crawl_run_id(self) -> str:
        """The identity of this crawl: the same when it is taken up again."""
        return content_id("crawl", self.source, self.since.isoformat(), self.until.isoformat(), str(self.seed))

    @property
    def source_settings(self) -> GithubSettings | ArxivSettings | CommonCrawlSettings:
        """The section of this source."""
        sections: dict[str, GithubSettings | ArxivSettings | CommonCrawlSettings] = {
            "github": self.settings.github,
            "arxiv": self.settings.arxiv,
            "common_crawl": self.settings.common_crawl,
        }
        return sections[self.source]

    @property
    def settings_hash(self) -> str:
        """Hash of every setting that decides what lands, apart from how much of it."""
        values = {k: v for k, v in self.source_settings.model_dump(mode="json").items() if k not in _FREE_KEYS}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """Return the specification as JSON."""
        return json.dumps(
            {
                "source": self.source,
                "since": self.since.isoformat(),
                "until": self.until.isoformat(),
                "landing_dir": str(self.landing_dir),
                "seed": self.seed,
                "settings": self.settings.model_dump(mode="json"),
                "forgotten": {name: sorted(hashes) for name, hashes in asdict(self.forgotten).items()},
            },
            indent=1,
        )

    @classmethod
    def from_json(cls, text: str) -> "CrawlSpec":
        """Return the specification that `to_json` wrote."""
        values = json.loads(text)
        return cls(
            source=values["source"],
            since=date.fromisoformat(values["since"]),
            until=date.fromisoformat(values["until"]),
            landing_dir=Path(values["landing_dir"]),
            seed=values["seed"],
            settings=CrawlerSettings.model_validate(values["settings"]),
            forgotten=Forgotten(**{name: frozenset(hashes) for name, hashes in values["forgotten"].items()}),
        )


@dataclass(frozen=True, slots=True)
class CrawlProgress:
    """How far a crawl has come. `note` says what it is doing or waiting for.

    `waits` are the seconds this process has waited, by cause; `seconds_left` is None until there is a rate.
    """

    source: str
    planned_unit_count: int
    unit_count: int
    landed_count: int
    ledger_count: int
    content_bytes: int
    budget_bytes: int
    request_count: int
    wait_seconds: float
    waits: dict[str, float]
    seconds_left: float | None
    note: str

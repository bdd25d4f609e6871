"""The folder a Freshpress installation lives in, and the places inside it."""

from dataclasses import dataclass
from pathlib import Path

from storage.errors import HomeError

MARKER = "freshpress.toml"

_FIRST_SETTINGS = """\
# Settings of this home: only what differs from the defaults, which `config.toml` of Freshpress lists and explains.

[crawler]
# Who runs this crawler. GitHub, arXiv and Common Crawl see it with every request.
contact = "{contact}"
"""


@dataclass(frozen=True, slots=True)
class Home:
    """Paths inside one home. Nothing is created by naming it."""

    root: Path

    @property
    def landing(self) -> Path:
        """What the crawlers fetched, as it came."""
        return self.root / "landing"

    @property
    def candidates(self) -> Path:
        """What curation made of it, before a snapshot is sealed."""
        return self.root / "candidates"

    @property
    def scoring(self) -> Path:
        """Texts on their way to a model and the result files that came back."""
        return self.root / "scoring"

    @property
    def lake(self) -> Path:
        """The DuckLake catalog and its Parquet files."""
        return self.root / "lake"

    @property
    def report(self) -> Path:
        """The page that people open."""
        return self.root / "report"

    @property
    def spill(self) -> Path:
        """Where the reduce side puts what does not fit in memory."""
        return self.root / "spill"

    @property
    def locks(self) -> Path:
        """One lock file per job, so that no job runs twice at a time."""
        return self.root / "locks"


def open_home(root: Path) -> Home:
    """Return the home at this folder, or say that it is none."""
    if not (root / MARKER).is_file():
        raise HomeError(
            f"{root} is not a Freshpress home: it has no {MARKER}; "
            f"`freshpress --home {root} init` makes one, or name another folder with --home or FRESHPRESS_HOME."
        )
    return Home(root.resolve())


def create_home(root: Path, contact: str | None) -> Home:
    """Make a home in this folder. An existing one is left as it is, and needs no contact."""
    if (root / MARKER).exists():
        return Home(root.resolve())
    if contact is None:
        raise HomeError(f"{root} is no home yet; name an address that crawled sites may write to with --contact.")
    if not contact.isprintable() or '"' in contact or "\\" in contact:
        raise HomeError(f"contact {contact!r} is not usable: give a plain e-mail address or web address.")
    root.mkdir(parents=True, exist_ok=True)
    (root / MARKER).write_text(_FIRST_SETTINGS.format(contact=contact), encoding="utf-8")
    return Home(root.resolve())

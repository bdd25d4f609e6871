"""Every error Freshpress raises on purpose. The command line prints one as one sentence and exits 1.

    FreshpressError
    ├── ConfigError      a setting is unknown, malformed or contradicts another
    ├── HomeError        the folder is not a Freshpress home, or is one of another version
    ├── InputError       a file, a row or an argument the user gave cannot be used
    ├── CrawlError       a source did not give what the window needs; what is missing is a hole
    ├── SnapshotError    a snapshot cannot be sealed, or is sealed already with other settings
    ├── ScoringError     a model cannot be loaded or its context is too short for the protocol
    ├── ComparisonError  scores that must not be compared would have been
    ├── ProcessError     a process that worked for this one died, or met with a defect
    ├── BusyError        another process is writing, and did not finish in time
    └── DiskError        a disk is full or failing

A message names the value, the limit and the remedy.
"""


class FreshpressError(Exception):
    """Root of every error that is a stated failure and not a defect of the program."""


class ConfigError(FreshpressError):
    """A setting is unknown, malformed or contradicts another."""


class HomeError(FreshpressError):
    """The folder is not a Freshpress home, or is one of another version."""


class InputError(FreshpressError):
    """A file, a row or an argument the user gave cannot be used."""


class CrawlError(FreshpressError):
    """A source did not give what the window needs."""


class SnapshotError(FreshpressError):
    """A snapshot cannot be sealed, or is sealed already with other settings."""


class ScoringError(FreshpressError):
    """A model cannot be loaded, or its context is too short for the protocol."""


class ComparisonError(FreshpressError):
    """Scores that must not be compared would have been."""


class ProcessError(FreshpressError):
    """A process that worked for this one died, or met with a defect."""


class BusyError(FreshpressError):
    """Another process is writing, and did not finish in time."""


class DiskError(FreshpressError):
    """A disk is full or failing."""

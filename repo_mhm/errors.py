"""Every error a user can meet, in one tree.

    RepoMhmError
    ├── UsageError            the command line asks for something impossible (exit 2)
    │   └── RereadRefused     an index would read again what another model has read
    ├── RepositoryError       the repository or folder cannot be read
    ├── LanguageError         a grammar or its query cannot be loaded
    ├── ConfigError           a config file, a variable or an option is wrong (exit 2)
    ├── ModelError            a model file is missing, damaged or unusable
    │   ├── ModelMissing      the model is known, but not on this machine
    │   │   └── LlamaMissing  llama.cpp, which runs model files, is not installed
    │   └── PullError         fetching a model failed
    ├── EngineError           the engine cannot run
    │   └── PromptTooLong     a prompt does not fit the context
    └── StoreError            the memory on disk cannot be used
        ├── NewerStore        it was written by a newer version
        ├── UnwritableStore   its disk is full, or it is read-only; it may be readable
        ├── UnsafeState       its folder holds links, or belongs to another user
        ├── DamagedStore      it fails its integrity check
        └── StoreLocked       another process is writing it

A message says what failed and on what; `hint` says what to do next. Modules at the edges translate
foreign exceptions into these with `raise … from exc`; only `cli` and `tui` show them.
"""

from __future__ import annotations


class RepoMhmError(Exception):
    """What failed, on what; `hint` is what the user can do about it, in one sentence."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RepoMhmError):
    """The command line asks for something that cannot be done."""

    exit_code = 2


class RereadRefused(UsageError):
    """An index would read again what another model, or an earlier version, has read already."""


class RepositoryError(RepoMhmError):
    """A repository, commit or folder cannot be read."""


class LanguageError(RepoMhmError):
    """A grammar wheel or a language's query cannot be loaded."""


class ConfigError(RepoMhmError):
    """A setting is unknown or has a wrong value: in a file, a variable or an option."""

    exit_code = 2


class ModelError(RepoMhmError):
    """A model file is missing, damaged or unusable."""


class ModelMissing(ModelError):
    """A pinned model is not on this machine; the hint says how to get it."""


class LlamaMissing(ModelMissing):
    """llama.cpp, which runs model files, is not installed; the hint is the command for it."""


class PullError(ModelError):
    """Fetching a model failed; no incomplete file is left under its name."""


class EngineError(RepoMhmError):
    """The engine cannot be started or failed while running."""


class PromptTooLong(EngineError):
    """A prompt has more tokens than the context; raised before any compute."""


class StoreError(RepoMhmError):
    """The memory on disk cannot be opened, read or written."""


class NewerStore(StoreError):
    """The database was written by a newer version of repo-mhm."""


class UnwritableStore(StoreError):
    """The database cannot be written: the disk is full, or the folder is read-only."""


class UnsafeState(StoreError):
    """The folder of the memory belongs to another user, or holds what leads out of it."""


class DamagedStore(StoreError):
    """The database fails its integrity check."""


class StoreLocked(StoreError):
    """Another process holds the writer's lock."""

"""repo-mhm: ask a whole repository, with a model that runs on your own machine.

`from repo_mhm import Repository` is the library (LIBRARY.md).
"""

TYPE_CHECKING = False  # as in typing, which takes time to import
if TYPE_CHECKING:
    from repo_mhm.repository import Repository

__version__ = "0.1.0"
__all__ = ["Repository", "__version__"]


def __getattr__(name: str) -> object:
    # Loaded when it is used: a hook that has nothing to review loads nothing but this file.
    if name == "Repository":
        from repo_mhm.repository import Repository

        return Repository
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Imports in the background what the first answer and the other views need.

Each import would block the event loop.
"""

from __future__ import annotations

from tui.gc_policy import GcPolicy


def import_ahead() -> None:
    """Import it, and exempt it from garbage collection."""
    import humanize  # noqa: F401
    from pygments.lexers.python import PythonLexer

    import repo_mhm.answer.citations
    import repo_mhm.git.files
    import repo_mhm.review.findings  # noqa: F401
    import tui.map
    import tui.markdown_view
    import tui.memory
    import tui.review
    import tui.suggestions  # noqa: F401

    list(PythonLexer().get_tokens("pass"))  # compiles its expressions
    GcPolicy.freeze()

"""What the user asks: the text, the conversation it belongs to, and how to answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """One question as it goes to the worker."""

    text: str
    conversation: str = ""
    """Name of the conversation; empty until one is chosen."""
    model: str = ""
    """The model to ask, by its name; empty for the one of the settings."""
    no_model: bool = False
    """Whether the best locations are all that is wanted."""
    deep: bool = False
    """Whether the model reads the repository for this question first."""
    show_all: bool = False
    """Whether an exact answer lists all its lines, not only the best."""
    folder: str = ""
    """The folder or file that is looked in alone; empty for the whole repository."""

    @property
    def typed(self) -> str:
        """The question as it is typed into the prompt."""
        return f"/path {self.folder} {self.text}" if self.folder else self.text

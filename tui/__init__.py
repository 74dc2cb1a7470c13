"""The terminal UI: chat with a repository, see its memory, index it in the background.

Nothing here decides anything about memory or answers: the code starts commands and shows
their events.
Importing this package is cheap; the app is in `tui.app`.
"""

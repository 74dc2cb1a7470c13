"""Measurements of the memory itself: facts planted in real code, ways to keep them, and what is left at the end."""

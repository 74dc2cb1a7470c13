"""Reads source: files into chunks, symbols and references. Knows no model, memory or question."""

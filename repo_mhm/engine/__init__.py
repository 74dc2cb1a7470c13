"""Engines turn prompts into text: `types` is the interface, `llama_engine` implements it."""

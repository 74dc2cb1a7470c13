"""Engines turn prompts into text: `types` is the protocol, `llama_engine` runs llama.cpp for it."""

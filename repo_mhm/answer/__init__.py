"""Answers: evidence, prompt, streamed text, and citations that code computes."""

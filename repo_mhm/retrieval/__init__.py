"""Retrieval: which chunks and files bear on a question. Needs no model."""

"""Measurements of the memory: facts planted in real code, arms that keep them, what is left."""

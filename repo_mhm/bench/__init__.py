"""Measurements of retention: facts planted in real code, and how many of them each arm keeps."""

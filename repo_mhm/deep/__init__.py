"""Deep mode: a pass over the repository with the question known."""

"""repo-mhm: ask a whole repository, with a model that runs on your own machine."""

__version__ = "0.1.0"

"""What the tests of the command line share; those of `model` use fixtures of `models`."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from repo_mhm.cli.verbose import LOGGER
from tests.models.conftest import *  # noqa: F403


@pytest.fixture(autouse=True)
def quiet_logger() -> Iterator[None]:
    """What `--verbose` sets in the process is as it was, after the test."""
    logger = logging.getLogger(LOGGER)
    before = logger.level, list(logger.handlers), logger.propagate
    yield
    level, logger.handlers, logger.propagate = before
    # Not the attribute: the method also forgets what the loggers below it decided meanwhile.
    logger.setLevel(level)

"""The tests of the commands `model` use the fixtures of the tests of `models`."""

from tests.models.conftest import *  # noqa: F403

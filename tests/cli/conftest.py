"""The commands `model` are tested with the model files and the package index that the tests of `models` have."""

from tests.models.conftest import *  # noqa: F403

"""What the tests of the code's shape read of it is let go when they are done."""

from collections.abc import Iterator

import pytest

from tests.architecture.sources import forget


@pytest.fixture(scope="module", autouse=True)
def read_for_these_tests_alone() -> Iterator[None]:
    """Source files are parsed once a module of tests, and forgotten with it."""
    yield
    forget()

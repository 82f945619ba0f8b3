from collections.abc import Iterator

import pytest

from tests.standins.telegram import TelegramStandin


@pytest.fixture
def telegram() -> Iterator[TelegramStandin]:
    with TelegramStandin() as standin:
        yield standin

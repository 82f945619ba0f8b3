"""A change of the model that understands the workers is on record."""

from sqlalchemy import select

from bot.app import Helpline
from bot.conversation.serving import ACTION, ServingRecord
from bot.nlu.client import NluClient
from bot.store.models import AuditEntry


class Nlu(NluClient):
    """Serves the models of which the test says so."""

    def __init__(self) -> None:
        self.models: tuple[str, ...] = ()

    async def find_models(self) -> tuple[str, ...]:
        return self.models


async def read(helpline: Helpline) -> list[str]:
    async with helpline.store.read() as session:
        query = select(AuditEntry.detail).where(AuditEntry.action == ACTION).order_by(AuditEntry.id)
        return list((await session.execute(query)).scalars())


async def test_each_change_of_the_serving_model_is_noted_once_also_over_restarts(helpline: Helpline) -> None:
    nlu = Nlu()
    for models in [(), ("a",), ("a",), ("b",), (), ("b",), ("a", "b"), ("a",)]:
        nlu.models = models
        await ServingRecord(helpline.store, nlu, helpline.clock).keep_current()
    assert await read(helpline) == ["a", "b", "a b", "a"]

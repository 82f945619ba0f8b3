"""Fresh databases and an empty queue on the PostgreSQL and Redis of this machine, and a look at what is left to do."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import func, select

from bot.bench.check import Reply
from bot.store.engine import Store
from bot.store.models import Decision, Message, OutboxMessage
from bot.store.queries.outbox import OPEN

QUEUES = "helpline*"  # the helpline's keys in the broker


async def find_missing(postgres: str, redis: str = "") -> str:
    """Return which of the two does not answer and what to do, or an empty string. No `redis`: it is not asked."""
    try:
        async with await psycopg.AsyncConnection.connect(postgres, connect_timeout=3):
            pass
    except psycopg.OperationalError:
        return "no PostgreSQL answers at the address of --postgres"
    return await find_missing_redis(redis) if redis else ""


async def find_missing_redis(redis: str) -> str:
    try:
        async with Redis.from_url(redis, socket_connect_timeout=3) as client:
            await client.dbsize()
    except (RedisError, OSError):
        return "no Redis answers at the address of --redis"
    return ""


@asynccontextmanager
async def make_database(postgres: str) -> AsyncIterator[str]:
    """Make a database, give its address, drop it afterwards."""
    name = f"helpline_bench_{uuid.uuid4().hex[:12]}"
    async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as server:
        await server.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield f"{postgres.rpartition('/')[0]}/{name}"
        finally:
            await server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@asynccontextmanager
async def empty_queue(redis: str) -> AsyncIterator[None]:
    """Remove the helpline's queues before and after; nothing else in that Redis is touched."""
    await _remove_queues(redis)
    try:
        yield
    finally:
        with suppress(RedisError, OSError):
            await _remove_queues(redis)


async def _remove_queues(redis: str) -> None:
    async with Redis.from_url(redis) as client:
        keys = [key async for key in client.scan_iter(QUEUES)]
        if keys:
            await client.delete(*keys)


async def count_waiting(store: Store) -> tuple[int, int]:
    """Return how many messages are not handled and how many of ours are not sent."""
    async with store.read() as session:
        unhandled = await session.scalar(select(func.count()).where(Message.handled_at.is_(None)))
        unsent = await session.scalar(select(func.count()).where(OutboxMessage.status.in_(OPEN)))
    return unhandled or 0, unsent or 0


async def list_replies(store: Store) -> list[Reply]:
    """Return all that was said in reply to something: which message it answers, and the provider's id of it."""
    query = select(OutboxMessage.id, Message.external_id, OutboxMessage.external_id, OutboxMessage.status).join(
        Message, Message.id == OutboxMessage.message_id
    )
    async with store.read() as session:
        rows = (await session.execute(query)).all()
    return [Reply(row, int(number), int(sent) if sent else None, status) for row, number, sent, status in rows]


async def count_recorded(store: Store) -> tuple[int, int]:
    """Return how many messages and decisions there are: as many of each as were written, if nothing is wrong."""
    async with store.read() as session:
        recorded = await session.scalar(select(func.count()).select_from(Message))
        decided = await session.scalar(select(func.count()).select_from(Decision))
    return recorded or 0, decided or 0

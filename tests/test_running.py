"""The background parts end with what they run beside, however it ends."""

import asyncio

import pytest

from bot.app import Helpline, build


async def test_a_failure_beside_the_jobs_stops_them_too(helpline: Helpline) -> None:
    async def fail() -> None:
        async with build(helpline.settings, start_nlu=False).running(work=False):
            raise ValueError("something of ours")

    with pytest.raises(ValueError, match="something of ours"):
        await asyncio.wait_for(fail(), 20)

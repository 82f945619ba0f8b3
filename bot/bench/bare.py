"""The least that keeps a webhook's body: `python -m bot.bench.bare PORT FILE`.

One Starlette route, one INSERT of the body into SQLite with our pragmas, under uvicorn run as we run it.
"""

import asyncio
import sys

import aiosqlite
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.loops.auto import auto_loop_factory


async def main(port: int, file: str) -> None:
    async with aiosqlite.connect(file, isolation_level=None) as database:
        await database.execute("PRAGMA journal_mode = WAL")
        await database.execute("PRAGMA synchronous = FULL")
        await database.execute("CREATE TABLE bodies (id INTEGER PRIMARY KEY, body BLOB)")

        async def take(request: Request) -> Response:
            async with database.execute("INSERT INTO bodies (body) VALUES (?)", (await request.body(),)):
                return Response(status_code=200)

        app = Starlette(routes=[Route("/webhooks/{path:path}", take, methods=["POST"])])
        config = uvicorn.Config(app, port=port, log_config=None, access_log=False, server_header=False)
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]), loop_factory=auto_loop_factory())

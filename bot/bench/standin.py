"""An NLU server's stand-in in a process of its own: `python -m bot.bench.standin PORT SECONDS`.

It speaks Rasa's HTTP API, answers after so many seconds, and hears one of a few labels in every text.
"""

import asyncio
import sys
import zlib

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

LABELS = ("wages_unpaid", "fee_legality", "passport_withheld", "return_home", "hours_rest")


def build(seconds: float) -> Starlette:
    async def parse(request: Request) -> JSONResponse:
        text = str((await request.json())["text"])
        await asyncio.sleep(seconds)
        label = LABELS[zlib.crc32(text.encode()) % len(LABELS)]
        ranking = [{"name": label, "confidence": 0.95}]
        return JSONResponse({
            "text": text, "intent": ranking[0], "intent_ranking": ranking, "entities": [], "language": "en",
            "script": "native", "language_confidence": 0.99, "danger": False, "danger_signs": [],
        })  # fmt: skip

    async def show_status(request: Request) -> JSONResponse:
        return JSONResponse({"model_file": "stand-in", "num_active_training_jobs": 0})

    return Starlette(routes=[Route("/model/parse", parse, methods=["POST"]), Route("/status", show_status)])


def main(port: int, seconds: float) -> None:
    uvicorn.run(build(seconds), port=port, log_config=None, access_log=False, lifespan="off", ws="none")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))

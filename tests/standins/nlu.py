"""A stand-in for the NLU server: speaks Rasa's HTTP API, and understands what a test told it to."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


class NluStandin:
    token = "standin-token"

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Any]] = {}
        self.calls = 0
        self.broken = False
        self.waiting = 0  # requests that stand before the closed gate
        self.gate = threading.Event()  # cleared: requests hang until it is set
        self.gate.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def hears(self, text: str, *ranking: tuple[str, float], **more: Any) -> None:
        """From now on `text` is understood as this ranking; `more` are language, script, danger, entities ..."""
        self._known[text] = {
            "intent_ranking": [{"name": name, "confidence": value} for name, value in ranking],
            "language": "en", "script": "native", "language_confidence": 0.99, "danger": False, **more,
        }  # fmt: skip

    def forget(self) -> None:
        self._known, self.broken, self.calls = {}, False, 0
        self.gate.set()

    def parse(self, text: str) -> dict[str, Any]:
        self.calls += 1
        unknown = {"intent_ranking": [{"name": "out_of_scope", "confidence": 0.1}], "language": "", "entities": []}
        found = {**unknown, **self._known.get(text, {}), "text": text}
        ranking = found["intent_ranking"]
        return {**found, "intent": ranking[0] if ranking else {"name": None, "confidence": 0.0}}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        standin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._reply(200, {"model_file": "standin", "num_active_training_jobs": 0})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                standin.waiting += 1
                standin.gate.wait(30)
                standin.waiting -= 1
                query = parse_qs(urlsplit(self.path).query)
                if query.get("token") != [standin.token]:
                    self._reply(401, {"reason": "NotAuthenticated"})
                elif standin.broken:
                    self._reply(500, {"reason": "UnexpectedError"})
                else:
                    self._reply(200, standin.parse(json.loads(body)["text"]))

            def _reply(self, status: int, document: dict[str, Any]) -> None:
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Silent."""

        return Handler

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

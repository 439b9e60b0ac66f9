"""The studio as an ASGI application: one page, for one browser, on the loopback interface.

Whoever opens the link with the token in it first gets a cookie, and the token is spent. After that a request needs the
cookie, which other sites do not send (``SameSite=Strict``), and, to read or change anything, a header with a second
token, which stands in the page. A request that names another host than the loopback interface, or comes from a page of
another origin, is refused before anything is looked at, so a name that somebody lets point here does not help.
"""

import hmac
import secrets
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from resolver.atomic_files import atomic_files
from resolver.emulator.auth import Origins
from resolver.emulator.http_messages import Refused
from resolver.errors import InvalidSettings, ResolverError
from resolver.json_documents import JsonError, document_of
from resolver.report.masking import Mask
from resolver.studio.events import EventErrors
from resolver.studio.export import export
from resolver.studio.page import STYLE, script, served_page, text_of
from resolver.studio.view import Json
from resolver.studio.workbench import SIDES, Workbench, state_of

MOST_BYTES = 8 * 1024 * 1024
"""Of the body of one request."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_CLOSED = "this page is for whoever opened the link that resolver studio printed; the link works once"


class Studio:
    """What answers requests about one workbench, one after the other."""

    def __init__(
        self, bench: Workbench, *, title: str, files: tuple[Path | None, Path | None], mask: Mask | None
    ) -> None:
        self.bench = bench
        self.title = title
        self.files = files
        self.mask = mask
        self.lock = threading.Lock()

    def view(self, request: Request, _: Any = None) -> Json:
        """Return the view that a request asks for."""
        query = request.query_params
        viewer = self.bench.scenario.viewer()
        return viewer.view(
            _number(query.get("step", ""), len(viewer)),
            find=query.get("find", ""),
            only_changed=query.get("changed") == "1",
        )

    def state(self, request: Request, _: Any = None) -> Json:
        """Return everything that the page shows."""
        return {**state_of(self.bench, self.title, self.files), "view": self.view(request)}

    def add(self, request: Request, body: Any) -> Json:
        """Add events."""
        self.bench.add(_text(body))
        return self.state(request)

    def replace(self, request: Request, body: Any) -> Json:
        """Change an event."""
        self.bench.replace(int(request.path_params["step"]), _text(body))
        return self.state(request)

    def remove(self, request: Request, _: Any) -> Json:
        """Remove an event."""
        self.bench.remove(int(request.path_params["step"]))
        return self.state(request)

    def clear(self, request: Request, _: Any) -> Json:
        """Remove all events."""
        self.bench.clear()
        return self.state(request)

    def settings(self, request: Request, body: Any) -> Json:
        """Put settings in force on a side."""
        if not isinstance(body, dict) or not isinstance(body.get("document"), dict):
            raise InvalidSettings("", body, "an object with identifierConfigs and matchingRules")
        what = body.get("what")
        self.bench.change(_side(request), body["document"], what if isinstance(what, str) and what else "settings")
        return self.state(request)

    def undo(self, request: Request, _: Any) -> Json:
        """Take the last change back."""
        self.bench.undo()
        return self.state(request)

    def redo(self, request: Request, _: Any) -> Json:
        """Do again what was taken back."""
        self.bench.redo()
        return self.state(request)

    def save(self, request: Request, _: Any) -> Json:
        """Write the settings of a side to the file that they came from."""
        side = _side(request)
        path = self.files[side]
        if path is None:
            raise InvalidSettings("", SIDES[side], "a side whose settings came from a file")
        document = msgspec.json.format(msgspec.json.encode(self.bench.scenario.rules[side].to_json()), indent=2)
        with atomic_files(path.absolute().parent) as place:
            (place / path.name).write_bytes(document + b"\n")
        return {"saved": str(path)}

    def why(self, request: Request, _: Any) -> list[Json]:
        """Return why two events are one profile or two, on each side."""
        most = len(self.bench.scenario.records)
        one, other, step = (_number(request.query_params.get(name, ""), most) for name in ("one", "other", "step"))
        if not (1 <= one <= step and 1 <= other <= step):
            raise IndexError(f"steps {one} and {other}: expected two of 1..{step}")
        return self.bench.scenario.explain(one, other, step)

    def events(self, _request: Request, _: Any) -> bytes:
        """Return the events as a history."""
        return self.bench.scenario.lines().encode("utf-8", "backslashreplace")

    def export(self, request: Request, _: Any) -> bytes:
        """Return the page as a file."""
        step = _number(request.query_params.get("step", ""), len(self.bench.scenario.records))
        return export(self.bench, self.title, mask=self.mask, around=step).encode("utf-8", "backslashreplace")


def create_studio(
    bench: Workbench,
    *,
    title: str = "",
    files: tuple[Path | None, Path | None] = (None, None),
    mask: Mask | None = None,
    token: str | None = None,
) -> Starlette:
    """Return the application; ``state.token`` is what the first link to it must have, ``/?token=...``.

    *title* says what is worked on, *files* are where the settings of the two sides can be saved, and *mask* is that of
    exported files. *token* is random unless given.
    """
    studio = Studio(bench, title=title, files=files, mask=mask)
    door = _Door(secrets.token_urlsafe(24) if token is None else token)
    page = served_page(token=door.page_token, style="/static/studio.css", program="/static/studio.js", api="/api/")

    async def show(request: Request) -> Response:
        return door.let_in(request) or Response(page, media_type="text/html", headers=_HEADERS)

    def asset(text: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return door.refusal(request) or Response(text, media_type=kind, headers=_HEADERS)

        return answer

    def endpoint(work: Callable[[Request, Any], Any]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            refused = door.refusal(request, needs_header=True)
            if refused is not None:
                return refused
            try:
                body = await _body(request)
                given = await run_in_threadpool(_locked, studio.lock, work, request, body)
            except Exception as error:
                return _wrong(error)
            return _answer(200, given)

        return answer

    app = Starlette(
        routes=[
            Route("/", show),
            Route("/static/studio.css", asset(text_of(STYLE), "text/css")),
            Route("/static/studio.js", asset(script(), "text/javascript")),
            Route("/api/state", endpoint(studio.state)),
            Route("/api/view", endpoint(studio.view)),
            Route("/api/why", endpoint(studio.why)),
            Route("/api/events.jsonl", endpoint(studio.events)),
            Route("/api/export", endpoint(studio.export)),
            Route("/api/events", endpoint(studio.add), methods=["POST"]),
            Route("/api/events", endpoint(studio.clear), methods=["DELETE"]),
            Route("/api/events/{step:int}", endpoint(studio.replace), methods=["PUT"]),
            Route("/api/events/{step:int}", endpoint(studio.remove), methods=["DELETE"]),
            Route("/api/settings/{side:int}", endpoint(studio.settings), methods=["PUT"]),
            Route("/api/save/{side:int}", endpoint(studio.save), methods=["POST"]),
            Route("/api/undo", endpoint(studio.undo), methods=["POST"]),
            Route("/api/redo", endpoint(studio.redo), methods=["POST"]),
        ]
    )
    app.add_middleware(_OwnOrigin)
    app.state.token = door.token
    app.state.studio = studio
    return app


class _OwnOrigin:
    """Refuses requests for another host, and those that a browser sends for a page of another origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._origins = Origins(())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            try:
                self._origins.check(scope["method"], {"host": "", **headers}, scope.get("scheme", "http"))
            except Refused:
                named = headers.get("origin") or headers.get("host")
                refused = _answer(403, {"error": f"{named!r} is not allowed; expected the page of this studio itself"})
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _Door:
    """Lets one browser in, the first that has the token; it is known by its cookie from then on."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.page_token = secrets.token_urlsafe(24)
        self._session: str | None = None

    def let_in(self, request: Request) -> Response | None:
        """Return what answers a request for the page, if it is not to be shown: a cookie, or a refusal."""
        given = request.query_params.get("token")
        if given is None:
            return self.refusal(request)
        if self._session is None and hmac.compare_digest(given.encode(), self.token.encode()):
            self._session = secrets.token_urlsafe(32)
            answer = RedirectResponse("/", status_code=303, headers=_HEADERS)
            answer.set_cookie(self._cookie(request), self._session, httponly=True, samesite="strict", path="/")
            return answer
        return self.refusal(request) or RedirectResponse("/", status_code=303, headers=_HEADERS)

    def refusal(self, request: Request, *, needs_header: bool = False) -> Response | None:
        """Return the refusal of a request that may not come in; None where it may."""
        given = request.cookies.get(self._cookie(request), "")
        if self._session is None or not hmac.compare_digest(given.encode(), self._session.encode()):
            return _answer(403, {"error": _CLOSED})
        header = request.headers.get("x-studio-token", "")
        if needs_header and not hmac.compare_digest(header.encode(), self.page_token.encode()):
            return _answer(403, {"error": "X-Studio-Token is missing or wrong; load the page anew"})
        return None

    @staticmethod
    def _cookie(request: Request) -> str:
        """Return the name of the cookie, which has the port in it: browsers keep one jar for all ports."""
        return f"resolver-studio-{request.url.port or 80}"


def _locked(lock: threading.Lock, work: Callable[[Request, Any], Any], request: Request, body: Any) -> Any:
    with lock:
        return work(request, body)


async def _body(request: Request) -> Any:
    """Return the document that a request has; None where there is none."""
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > MOST_BYTES:
            raise Refused(413, f"the body is too large; expected at most {MOST_BYTES} bytes")
    if not data:
        return None
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Refused(415, "expected application/json")
    try:
        return document_of(data.decode("utf-8"))
    except (UnicodeDecodeError, JsonError) as error:
        raise Refused(400, f"the body is not JSON: {error}") from None


def _answer(status: int, document: Any) -> Response:
    if isinstance(document, bytes):
        return Response(document, status, media_type="application/octet-stream", headers=_HEADERS)
    try:
        body = msgspec.json.encode(document)
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold
        body = msgspec.json.encode(_writable(document))
    return Response(body, status, media_type="application/json", headers=_HEADERS)


def _writable(value: Any) -> Any:
    """Return a document with every lone surrogate as a visible escape."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_writable(key): _writable(each) for key, each in value.items()}
    return [_writable(each) for each in value] if isinstance(value, list | tuple) else value


def _wrong(error: Exception) -> Response:
    """Return the answer to a request that could not be done; raise what is no fault of it."""
    if isinstance(error, EventErrors):
        return _answer(400, {"error": str(error), "errors": msgspec.to_builtins(error.errors)})
    if isinstance(error, InvalidSettings):
        return _answer(400, {"error": str(error), "path": error.path or "settings"})
    if isinstance(error, Refused):
        return _answer(error.status, {"error": error.message})
    if isinstance(error, ResolverError | IndexError | ValueError):
        return _answer(400, {"error": str(error)})
    if isinstance(error, OSError):
        return _answer(500, {"error": f"{error.filename or 'file'}: {error.strerror or error}"})
    raise error


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def _side(request: Request) -> int:
    side = int(request.path_params["side"])
    if side >= len(SIDES):
        raise IndexError(f"side {side}: expected 0 for the baseline, 1 for the candidate")
    return side


def _text(body: Any) -> str:
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str):
        raise Refused(400, "the body has no text; expected {'text': '...'}")
    return text

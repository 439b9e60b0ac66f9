"""The studio on live stores, under ``/_emulator``: what each write did, and the profiles after it; nothing is changed.

A store is stepped through by its log of facts, from which its profiles are rebuilt beside the store itself.
"""

import threading
from typing import Any
from weakref import WeakKeyDictionary

from resolver.emulator.entries import encode_json
from resolver.emulator.http_messages import Refused, Response
from resolver.emulator.respond import Call, flag
from resolver.emulator.routing import OWN, Endpoint, Parameter
from resolver.emulator.store import FactLog, Store
from resolver.facts import IdentifierAdded, IdentifierEvicted, IdentifierRefused, IdentifierRemoved, ProfilesMerged
from resolver.names import ProfileId
from resolver.report.masking import Mask
from resolver.simulate.explain.explanation import Moment
from resolver.simulate.settings_documents import settings_to_json
from resolver.studio.forms import form_of
from resolver.studio.page import live_page
from resolver.studio.steps import FactSteps
from resolver.studio.timeline import Timeline
from resolver.studio.view import Json, Side, Viewer

_LONGEST_STEP = 16
"""Digits of a step."""

_HEADERS = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)


class _Live:
    """The timeline of one store, which goes on as the store does. One request at a time has it."""

    def __init__(self, store: Store) -> None:
        self.lock = threading.Lock()
        self._taken = 0
        self._steps = FactSteps((), Store(store.record, lambda number, _: ProfileId(f"new {number}")).engine)
        self.timeline = Timeline(self._steps)

    def catch_up(self, log: FactLog, until: int) -> None:
        """Take in the facts that the log has got since. O(those)."""
        if until > self._taken:
            self._steps.extend(log.facts[self._taken : until])
            self._taken = until
            self.timeline.extend()


_lives: WeakKeyDictionary[FactLog, _Live] = WeakKeyDictionary()


def page(call: Call) -> Response:
    """Return the page, about the first store unless another one is named."""
    stores = call.service.stores
    wanted = call.query.get("store") or next(iter(stores), "")
    if wanted not in stores and (stores or "store" in call.query):
        raise Refused(404, f"Not Found: there is no store {wanted!r}")
    names = [(store_id, store.record.display_name) for store_id, store in stores.items()]
    html = live_page(root=call.request.root + OWN, store=wanted, stores=names)
    return Response(200, html.encode("utf-8", "backslashreplace"), _HEADERS, media_type="text/html; charset=utf-8")


def view(call: Call) -> Response:
    """Return what is to be seen after a step of a store, made in another thread from its facts so far."""
    store, query = call.store, call.query
    log, until = store.fact_log, len(store.fact_log.facts)
    step, only_changed = _step(query.get("step", "")), flag(query, "changed", default=False)
    record = store.record
    options = {"on_invalid": record.on_invalid, "match": record.match, "default_region": record.default_region}
    settings = settings_to_json(store.engine.settings, options)
    live = _lives.get(log)
    if live is None:
        live = _lives[log] = _Live(store)

    def shown() -> bytes:
        with live.lock:
            live.catch_up(log, until)
            viewer = Viewer([Side("store", live.timeline)], lambda number, _: _described(live.timeline, number))
            found = viewer.view(
                len(viewer) if step is None else step, find=query.get("find", ""), only_changed=only_changed
            )
        side = {"name": "store", "document": settings, "form": form_of(settings), "file": None}
        title = store.record.display_name
        return encode_json({"title": title, "undoes": None, "redoes": None, "sides": [side], "view": found})

    return Response(200, headers=_HEADERS, later=shown)


def _described(timeline: Timeline, number: int, _: Mask | None = None) -> Json:
    """Return what a write was, as far as its facts say it: the identifiers in them."""
    facts = timeline.steps.facts(number)
    kinds = IdentifierAdded | IdentifierRemoved | IdentifierEvicted | IdentifierRefused
    pairs: dict[tuple[str, str], None] = {}
    for fact in facts:
        if isinstance(fact, kinds):
            pairs[fact.id_type, str(fact.value)] = None
        elif isinstance(fact, ProfilesMerged):
            pairs.update(dict.fromkeys(fact.identifiers))
    command, at = facts[0].command, facts[0].at
    return {
        "line": command, "ref": None, "name": f"write {command}", "op": "write", "time": Moment(0, None, at).time,
        "pairs": [list(pair) for pair in pairs], "named": None,
    }  # fmt: skip


def _step(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_STEP):
        raise Refused(400, f"step: {text!r} is not allowed; expected a number, 0 or more")
    return int(text)


ENDPOINTS = (
    Endpoint(
        "EmulatorStudio", "GET", f"{OWN}/studio", page, "A page that steps through what a store has accepted.", str,
        parameters=(Parameter("store", {"type": "string"}, "the store to begin with"),), statuses=(404,),
        media_type="text/html",
    ),
    Endpoint(
        "EmulatorStudioView", "GET", f"{OWN}/stores/{{storeId}}/studio", view,
        "What that page shows after one of the writes.", dict[str, Any],
        parameters=(
            Parameter("step", {"type": "integer", "minimum": 0}, "after how many writes (default: all)"),
            Parameter("find", {"type": "string"}, "only profiles with this value"),
            Parameter("changed", {"type": "boolean"}, "only profiles that differ between sides; there is one side"),
        ),
        is_long=True,
    ),
)  # fmt: skip

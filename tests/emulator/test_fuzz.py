"""Whatever comes in, the answer is never a 500, and an error changes nothing."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.emulator.app import ENDPOINTS
from tests.emulator.client import STORE, Client, path_to

CLIENT = Client()
ADA = CLIENT.create(email="ada@example.com")

words = st.sampled_from(["traits", "Contact", "email", "idType", "value", "profiles", "oldValue", "newValue", "x"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | words
documents: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | st.text(max_size=3), inner),
    max_leaves=9,
)
bodies = documents.map(lambda each: json.dumps(each).encode()) | st.binary(max_size=40)
methods = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"])
words_of_paths = ["v1", "Stores", "ControlPlane", STORE, "Profiles", ADA, "Identifiers", "email", "Lookup", "Bulk", ""]
segments = st.sampled_from([*words_of_paths, "Recall", "Observations", "TraitGroups", "_emulator"]) | st.text(
    max_size=5
).map(lambda text: "".join(f"%{byte:02x}" for byte in text.encode("utf-8", "surrogatepass")))


@given(method=methods, path=st.lists(segments, max_size=8), query=st.text("a=&%f;[]+", max_size=9), body=bodies)
@settings(max_examples=150)
def test_fuzzed_paths_never_give_a_500(method: str, path: list[str], query: str, body: bytes) -> None:
    check(method, f"http://emulator.local:81/{'/'.join(path)}?{query}", body)


@given(endpoint=st.sampled_from(ENDPOINTS), id_type=st.sampled_from(["email", "phone", "fax"]), body=bodies)
@settings(max_examples=250)
def test_fuzzed_bodies_never_give_a_500(endpoint: Any, id_type: str, body: bytes) -> None:
    if endpoint.name not in ("DeleteStore", "EmulatorReset"):
        check(
            endpoint.method,
            path_to(endpoint, profileId=ADA, idType=id_type),
            body,
        )


def check(method: str, path: str, body: bytes) -> None:
    service = CLIENT.app.state.shell.service
    before = service.sequence
    response = CLIENT.ask(method, path, body)
    assert response.status_code != 500, (method, path, body)
    assert response.status_code < 400 or service.sequence == before
    service.stores[STORE].engine._check()

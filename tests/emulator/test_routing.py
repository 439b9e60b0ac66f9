"""Routing: a path leads to its endpoint with the values in it, and what is wrong in one is refused."""

from itertools import product

import pytest

from resolver.emulator.app import ENDPOINTS
from resolver.emulator.http_messages import Refused
from resolver.emulator.routing import PATH_PARAMETERS, Router
from tests.emulator.client import PROFILES, path_to

ROUTER = Router(ENDPOINTS)


def led_to(path: str, *, is_walked: bool) -> object:
    """Return where a path leads, found by the pattern or by its segments."""
    try:
        if is_walked:
            endpoints, values, wrong = ROUTER._walk(path)
        else:
            route = ROUTER.find("GET", path)
            endpoints, values, wrong = {"GET": route.endpoint}, route.values, route.wrong
    except Refused as refused:
        return refused.status
    return endpoints.get("GET", 405), values, wrong


def test_a_path_leads_to_its_endpoint_with_its_values() -> None:
    for endpoint in ENDPOINTS:
        path = path_to(endpoint)
        found = ROUTER.find(endpoint.method, path)
        assert found.endpoint is endpoint
        assert endpoint.path.format_map(found.values) == path
        assert ROUTER._right.match(path), "no path that is right has to be walked"
        if endpoint.method == "GET":
            assert ROUTER.find("HEAD", path).endpoint is endpoint


def test_a_path_leads_where_its_segments_do() -> None:
    literals = {segment for endpoint in ENDPOINTS for segment in endpoint.path.split("/")[1:] if "{" not in segment}
    odd = ["", "x", "x" * 31, "x" * 65, "x" * 513, "a%20b", "%ff", "\xfc", "a\n", "a b", "."]
    for endpoint in ENDPOINTS:
        segments = path_to(endpoint).split("/")
        for place, given in product(range(1, len(segments) + 1), [*literals, *odd]):
            path = "/".join([*segments[:place], given, *segments[place + 1 :]])
            if endpoint.method == "GET":
                walked, found = led_to(path, is_walked=True), led_to(path, is_walked=False)
                assert found == (405 if isinstance(walked, tuple) and walked[0] == 405 else walked), path


def test_what_is_wrong_in_a_path_is_refused() -> None:
    for method, path, status in (("GET", "/nowhere", 404), ("PUT", PROFILES, 405), ("GET", "/v1/Stores/%ff", 404)):
        with pytest.raises(Refused) as refused:
            ROUTER.find(method, path)
        assert refused.value.status == status
    with pytest.raises(Refused, match="profileId: 'nobody'"):
        ROUTER.find("GET", f"{PROFILES}/nobody").check()


def test_each_parameter_has_bounds_that_the_pattern_knows() -> None:
    assert all("pattern" in schema or "maxLength" in schema for schema in PATH_PARAMETERS.values())

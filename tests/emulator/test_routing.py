"""Routing: a path leads where it did when it is asked for again, and what is remembered is bounded."""

import pytest

from resolver.emulator.refusals import Refused
from resolver.emulator.respond import ENDPOINTS
from resolver.emulator.routing import LONGEST_REMEMBERED, MOST_REMEMBERED, Router
from tests.emulator.client import PROFILES, path_to


def test_a_path_leads_to_the_same_when_it_is_asked_for_again() -> None:
    router = Router(ENDPOINTS)
    for endpoint in ENDPOINTS:
        path = path_to(endpoint)
        first = router.find(endpoint.method, path)
        assert (first.endpoint, router.find(endpoint.method, path)) == (endpoint, first)
        if endpoint.method == "GET":
            assert router.find("HEAD", path).endpoint is endpoint


def test_what_is_wrong_in_a_path_is_refused_each_time() -> None:
    router = Router(ENDPOINTS)
    for _ in range(2):
        for method, path, status in (("GET", "/nowhere", 404), ("PUT", PROFILES, 405), ("GET", "/v1/Stores/%ff", 404)):
            with pytest.raises(Refused) as refused:
                router.find(method, path)
            assert refused.value.status == status
        route = router.find("GET", f"{PROFILES}/nobody")
        with pytest.raises(Refused, match="profileId: 'nobody'"):
            route.check()


def test_no_more_paths_are_remembered_than_allowed_and_no_long_ones() -> None:
    router = Router(ENDPOINTS)
    for number in range(MOST_REMEMBERED + 5):
        router.find("GET", f"{PROFILES}/{number}")
    router.find("GET", f"{PROFILES}/{'x' * LONGEST_REMEMBERED}")
    assert len(router._found) == 5

"""One writer: posts commands one after the other, and keeps a plain model of what was acknowledged."""

import copy
import random
from collections.abc import Callable
from typing import Any

import attrs
import httpx

MOST_PROFILES = 8


@attrs.define
class Model:
    """What one writer's profiles must look like: id -> its e-mail addresses, oldest first; and where merged ids lead.

    Values and profiles are numbered by the writer's own steps, which is the order in which the server took them.
    """

    born: dict[str, int] = attrs.field(factory=dict)
    held: dict[str, list[tuple[int, str]]] = attrs.field(factory=dict)
    aliases: dict[str, str] = attrs.field(factory=dict)
    deleted: list[str] = attrs.field(factory=list)

    def create(self, step: int, profile: str, value: str) -> None:
        self.born[profile] = step
        self.held[profile] = [(step, value)]

    def add(self, step: int, profile: str, value: str) -> None:
        self.held[profile].append((step, value))

    def merge(self, one: str, other: str) -> None:
        survivor, absorbed = sorted((one, other), key=self.born.__getitem__)
        self.held[survivor] = sorted(self.held[survivor] + self.held.pop(absorbed))
        self.aliases = {alias: survivor if to == absorbed else to for alias, to in self.aliases.items()}
        self.aliases[absorbed] = survivor

    def replace(self, step: int, profile: str, old: str, new: str) -> None:
        self.held[profile] = [*(each for each in self.held[profile] if each[1] != old), (step, new)]

    def remove(self, profile: str) -> None:
        del self.held[profile][0]

    def delete(self, profile: str) -> None:
        del self.held[profile]
        gone = [profile, *(alias for alias, to in self.aliases.items() if to == profile)]
        self.aliases = {alias: to for alias, to in self.aliases.items() if to != profile}
        self.deleted.extend(gone)

    def shown(self) -> dict[str, list[str]]:
        return {profile: [value for _, value in held] for profile, held in self.held.items()}


@attrs.define
class Writer:
    """Posts random commands of a seed until the server goes away.

    ``model`` holds what was acknowledged; ``pending`` is what the one unanswered command would make of it.
    """

    name: str
    dice: random.Random
    store: str
    model: Model = attrs.field(factory=Model)
    pending: Model | None = None
    pending_value: str = ""
    steps: int = 0
    acknowledged: int = 0
    ids: set[str] = attrs.field(factory=set)

    def run(self, url: str) -> None:
        """Post until the connection breaks; what was then under way may or may not have been done."""
        with store_at(url, self.store) as http:
            while True:
                self.steps += 1
                try:
                    self._step(http)
                except httpx.TransportError:
                    return
                self.acknowledged += 1

    def _step(self, http: httpx.Client) -> None:
        profiles = sorted(self.model.held, key=self.model.born.__getitem__)
        choices: list[Callable[[httpx.Client, list[str]], None]] = [self._create]
        if len(profiles) > 1:
            choices += [self._add] * 3 + [self._merge, self._replace, self._remove, self._delete]
        if len(profiles) > MOST_PROFILES:
            choices = [self._delete, self._merge]
        self.dice.choice(choices)(http, profiles)

    def _new_value(self) -> str:
        return f"{self.name}{self.steps}@example.com"

    def _post(self, expected: Model, call: Callable[..., httpx.Response], *given: Any, **named: Any) -> httpx.Response:
        self.pending = expected
        answer = call(*given, **named)
        assert answer.status_code == 202, (answer.status_code, answer.text)
        self.model, self.pending = expected, None
        return answer

    def _create(self, http: httpx.Client, _: list[str]) -> None:
        value = self._new_value()
        self.pending, self.pending_value = copy.deepcopy(self.model), value
        answer = http.post("/Profiles", json={"traits": {"Contact": {"email": value}}})
        assert answer.status_code == 202, answer.text
        self.pending, self.pending_value = None, ""
        self.created(answer.json()["id"], value)

    def created(self, profile: str, value: str) -> None:
        """Enter a new profile; its id was never seen before."""
        assert profile not in self.ids, f"{profile} was drawn twice"
        self.ids.add(profile)
        self.model.create(self.steps, profile, value)

    def _add(self, http: httpx.Client, profiles: list[str]) -> None:
        profile, value = self.dice.choice(profiles), self._new_value()
        expected = copy.deepcopy(self.model)
        expected.add(self.steps, profile, value)
        self._post(expected, http.post, f"/Profiles/{profile}/Identifiers", json={"idType": "email", "value": value})

    def _merge(self, http: httpx.Client, profiles: list[str]) -> None:
        one, other = self.dice.sample(profiles, 2)
        if not self.model.held[other]:
            return
        value = self.dice.choice(self.model.held[other])[1]
        expected = copy.deepcopy(self.model)
        expected.merge(one, other)
        self._post(expected, http.post, f"/Profiles/{one}/Identifiers", json={"idType": "email", "value": value})

    def _replace(self, http: httpx.Client, profiles: list[str]) -> None:
        profile, new = self.dice.choice(profiles), self._new_value()
        if not self.model.held[profile]:
            return
        old = self.dice.choice(self.model.held[profile])[1]
        expected = copy.deepcopy(self.model)
        expected.replace(self.steps, profile, old, new)
        body = {"idType": "email", "oldValue": old, "newValue": new}
        self._post(expected, http.patch, f"/Profiles/{profile}/Identifiers/email", json=body)

    def _remove(self, http: httpx.Client, profiles: list[str]) -> None:
        profile = self.dice.choice(profiles)
        if not self.model.held[profile]:
            return
        expected = copy.deepcopy(self.model)
        expected.remove(profile)
        self._post(expected, http.delete, f"/Profiles/{profile}/Identifiers/email")

    def _delete(self, http: httpx.Client, profiles: list[str]) -> None:
        profile = self.dice.choice(profiles)
        expected = copy.deepcopy(self.model)
        expected.delete(profile)
        self._post(expected, http.delete, f"/Profiles/{profile}")

    def compare(self, http: httpx.Client) -> None:
        """Compare with the server after a restart; *http* is at the store.

        Every acknowledged command is there, in order and once; the pending one is there as a whole or not at all.
        """
        if self.pending_value:
            found = http.post("/Profiles/Lookup", json={"idType": "email", "value": self.pending_value}).json()[
                "profiles"
            ]
            for profile in found:
                self.created(profile, self.pending_value)
        elif self.pending is not None:
            known = sorted({*self.model.held, *self.pending.held})
            if all(_shown(http, profile) == self.pending.shown().get(profile) for profile in known):
                self.model = self.pending
        self.pending, self.pending_value = None, ""
        assert {profile: _shown(http, profile) for profile in self.model.held} == self.model.shown()
        for alias, survivor in self.model.aliases.items():
            answer = http.get(f"/Profiles/{alias}")
            assert (answer.status_code, answer.headers["Canonical-Profile-Id"]) == (301, survivor)
        for profile in self.model.deleted[-5:]:
            assert http.get(f"/Profiles/{profile}").status_code == 404


def store_at(url: str, store: str) -> httpx.Client:
    """Return a client of one store; without certificates, which take longer to load than a server lives here."""
    return httpx.Client(base_url=f"{url}/v1/Stores/{store}", auth=("a", "b"), timeout=30, verify=False)


def _shown(http: httpx.Client, profile: str) -> list[str] | None:
    answer = http.get(f"/Profiles/{profile}/Identifiers")
    if answer.status_code != 200:
        return None
    found = {each["idType"]: each["values"] for each in answer.json()["identifiers"]}
    return list(found.get("email", []))

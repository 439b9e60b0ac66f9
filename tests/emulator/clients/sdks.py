"""The vendor's clients behind one small protocol, so that one story is told to each of them."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.rest.memory.v1.bulk import BulkList
from twilio.rest.memory.v1.conversation_summary import ConversationSummaryList
from twilio.rest.memory.v1.identifier import IdentifierList
from twilio.rest.memory.v1.identity_resolution_setting import IdentityResolutionSettingList
from twilio.rest.memory.v1.lookup import LookupList
from twilio.rest.memory.v1.observation import ObservationList
from twilio.rest.memory.v1.profile import ProfileList
from twilio.rest.memory.v1.recall import RecallList
from twilio.rest.memory.v1.trait_group import TraitGroupList

Traits = dict[str, dict[str, Any]]


class Refused(Exception):  # noqa: N818 - what the server did
    """The client raised its own error."""

    def __init__(self, status: int, code: int | None, message: str) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message


class Sdk(Protocol):
    """Everything that the emulator serves, as the clients name it."""

    def add(self, profile: str, id_type: str, value: str) -> str: ...
    def all(self, profile: str) -> dict[str, list[str]]: ...
    def get(self, profile: str, id_type: str) -> list[str]: ...
    def replace(self, profile: str, id_type: str, old: str, new: str) -> str: ...
    def remove(self, profile: str, id_type: str, *, remove_all: bool | None = None) -> None: ...
    def create(self, traits: Traits) -> str: ...
    def fetch(self, profile: str) -> tuple[str | None, Traits | None]: ...
    def patch(self, profile: str, traits: Traits) -> str: ...
    def delete(self, profile: str) -> None: ...
    def ids(self, *, page_size: int | None = None, order: str | None = None) -> list[str]: ...
    def bulk(self, *traits: Traits) -> str: ...
    def lookup(self, id_type: str, value: str) -> tuple[str, list[str]]: ...
    def settings(self) -> dict[str, Any]: ...
    def put_settings(self, document: dict[str, Any], if_match: str | None = None) -> str: ...
    def operation(self, operation_id: str) -> str: ...
    def traits(self, profile: str) -> dict[tuple[str, str], Any]: ...
    def define(self, group: str, traits: dict[str, Any]) -> str: ...
    def redefine(self, group: str, traits: dict[str, Any]) -> str: ...
    def undefine(self, group: str) -> None: ...
    def groups(self) -> list[str]: ...
    def group(self, name: str) -> dict[str, Any]: ...
    def observe(self, profile: str, *items: dict[str, Any]) -> str: ...
    def observations(self, profile: str) -> list[tuple[str, str]]: ...
    def change_observation(self, profile: str, observation: str, content: str) -> str: ...
    def revisions(self, profile: str, observation: str) -> list[str]: ...
    def forget_observation(self, profile: str, observation: str) -> None: ...
    def sum_up(self, profile: str, *items: dict[str, Any]) -> str: ...
    def summaries(self, profile: str) -> list[tuple[str, str]]: ...
    def recall(self, profile: str, query: str) -> dict[str, Any]: ...


def _told(call: Callable[..., Any], *given: Any, **named: Any) -> Any:
    try:
        return call(*given, **named)
    except TwilioRestException as error:
        raise Refused(error.status, error.code, error.msg) from error


class Python:
    """The ``twilio`` package of Python."""

    def __init__(self, url: str, store: str) -> None:
        client = Client("AC" + 32 * "0", "secret")
        client.memory.base_url = url
        self.memory = client.memory.v1
        self.store = store

    def _identifiers(self, profile: str) -> Any:
        return self.memory.identifiers(self.store, profile)

    def add(self, profile: str, id_type: str, value: str) -> str:
        identifier = IdentifierList.Identifier({"idType": id_type, "value": value})
        return str(_told(self._identifiers(profile).create, identifier).message)

    def all(self, profile: str) -> dict[str, list[str]]:
        return {each.id_type: each.values for each in _told(self._identifiers(profile).list)}

    def get(self, profile: str, id_type: str) -> list[str]:
        found = _told(self._identifiers(profile).get(id_type).fetch)
        assert found.id_type in (id_type, None)
        return found.values  # type: ignore[no-any-return]

    def replace(self, profile: str, id_type: str, old: str, new: str) -> str:
        update = IdentifierList.IdentifierUpdate({"idType": id_type, "oldValue": old, "newValue": new})
        return str(_told(self._identifiers(profile).get(id_type).patch, update).message)

    def remove(self, profile: str, id_type: str, *, remove_all: bool | None = None) -> None:
        named = {} if remove_all is None else {"remove_all": remove_all}
        message = _told(self._identifiers(profile).get(id_type).delete, **named)
        assert message == {"message": "Identifier removal accepted."}

    def create(self, traits: Traits) -> str:
        return str(_told(self.memory.profiles(self.store).create, ProfileList.ProfileData({"traits": traits})).id)

    def fetch(self, profile: str) -> tuple[str | None, Traits | None]:
        found = _told(self.memory.profiles(self.store, profile).fetch)
        assert found.id is None or found.created_at.tzinfo is not None
        return found.id, found.traits

    def patch(self, profile: str, traits: Traits) -> str:
        change = ProfileList.ProfilePatch({"traits": traits})
        return str(_told(self.memory.profiles(self.store, profile).patch, change).message)

    def delete(self, profile: str) -> None:
        message = _told(self.memory.profiles(self.store, profile).delete)
        assert message == {"message": "Profile accepted for deletion."}

    def ids(self, *, page_size: int | None = None, order: str | None = None) -> list[str]:
        named = {"page_size": page_size, "order_by": order}
        given = {name: value for name, value in named.items() if value is not None}
        return list(_told(self.memory.profiles(self.store).list, **given))

    def bulk(self, *traits: Traits) -> str:
        profiles = [BulkList.ProfileData({"traits": each}) for each in traits]
        request = BulkList.UpdateProfilesBulkRequest({"profiles": [each.to_dict() for each in profiles]})
        request.profiles = profiles
        return str(_told(self.memory.bulk(self.store).update, request).message)

    def lookup(self, id_type: str, value: str) -> tuple[str, list[str]]:
        found = _told(self.memory.lookup(self.store).create, LookupList.Identifier({"idType": id_type, "value": value}))
        return found.normalized_value, found.profiles

    def settings(self) -> dict[str, Any]:
        found = _told(self.memory.identity_resolution_settings(self.store).fetch)
        return {
            "identifierConfigs": found.identifier_configs,
            "matchingRules": found.matching_rules,
            "version": found.version,
        }

    def put_settings(self, document: dict[str, Any], if_match: str | None = None) -> str:
        core = IdentityResolutionSettingList.IdentityResolutionSettingsCore(document)
        core.identifier_configs = [
            IdentityResolutionSettingList.IdentifierConfig(each) for each in document["identifierConfigs"]
        ]
        named = {} if if_match is None else {"if_match": if_match}
        changed = _told(self.memory.identity_resolution_settings(self.store).update, core, **named)
        return str(changed.status_url)

    def operation(self, operation_id: str) -> str:
        return str(_told(self.memory.operations(operation_id).fetch).status)

    def traits(self, profile: str) -> dict[tuple[str, str], Any]:
        found = _told(self.memory.traits(self.store, profile).list)
        assert all(each.timestamp.tzinfo is not None for each in found)
        return {(each.trait_group, each.name): each.value for each in found}

    def define(self, group: str, traits: dict[str, Any]) -> str:
        request = TraitGroupList.TraitGroupRequest({"displayName": group, "traits": traits})
        return str(_told(self.memory.trait_groups(self.store).create, request).status_url)

    def redefine(self, group: str, traits: dict[str, Any]) -> str:
        request = TraitGroupList.PatchTraitGroupRequest({"traits": traits})
        return str(_told(self.memory.trait_groups(self.store).get(group).patch, request).status_url)

    def undefine(self, group: str) -> None:
        assert _told(self.memory.trait_groups(self.store).get(group).delete)["message"]

    def groups(self) -> list[str]:
        return [each.display_name for each in _told(self.memory.trait_groups(self.store).list, include_traits=True)]

    def group(self, name: str) -> dict[str, Any]:
        return dict(_told(self.memory.trait_groups(self.store).get(name).fetch).trait_group)

    def observe(self, profile: str, *items: dict[str, Any]) -> str:
        request = ObservationList.CreateObservationsRequest({"observations": list(items)})
        return str(_told(self.memory.observations(self.store, profile).create, request).message)

    def observations(self, profile: str) -> list[tuple[str, str]]:
        found = _told(self.memory.observations(self.store, profile).list, page_size=1)
        assert all(each.occurred_at.tzinfo and each.created_at.tzinfo and each.updated_at.tzinfo for each in found)
        return [(each.id, each.content) for each in found]

    def change_observation(self, profile: str, observation: str, content: str) -> str:
        change = ObservationList.ObservationBase({"content": content})
        return str(_told(self.memory.observations(self.store, profile).get(observation).patch, change).message)

    def revisions(self, profile: str, observation: str) -> list[str]:
        return [each.content for each in _told(self.memory.revisions(self.store, profile, observation).list)]

    def forget_observation(self, profile: str, observation: str) -> None:
        assert _told(self.memory.observations(self.store, profile).get(observation).delete)["message"]

    def sum_up(self, profile: str, *items: dict[str, Any]) -> str:
        request = ConversationSummaryList.CreateSummariesRequest({"summaries": list(items)})
        return str(_told(self.memory.conversation_summaries(self.store, profile).create, request).message)

    def summaries(self, profile: str) -> list[tuple[str, str]]:
        found = _told(self.memory.conversation_summaries(self.store, profile).list)
        return [(each.id, each.content) for each in found]

    def recall(self, profile: str, query: str) -> dict[str, Any]:
        request = RecallList.MemoryRetrievalRequest({"query": query})
        found = _told(self.memory.recall(self.store, profile).create, request)
        return {name: getattr(found, name) for name in ("observations", "summaries", "communications", "meta")}


class Node:
    """The ``twilio`` package of npm, in a process of its own; ``version`` is the package's."""

    def __init__(self, url: str, store: str, modules: Path) -> None:
        bridge = Path(__file__).with_name("bridge.cjs")
        command = ["node", str(bridge), url, str(modules)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.store = store
        self.version = self._answer()

    def close(self) -> None:
        self.process.communicate()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        answer = json.loads(self.process.stdout.readline())
        if "ok" in answer:
            return answer["ok"]
        raise Refused(answer["status"], answer["code"], answer["message"])

    def _ask(self, *way: tuple[str, list[Any]]) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(way) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def add(self, profile: str, id_type: str, value: str) -> str:
        identifier = {"idType": id_type, "value": value}
        return str(self._ask(("identifiers", [self.store, profile]), ("create", [identifier]))["message"])

    def all(self, profile: str) -> dict[str, list[str]]:
        found = self._ask(("identifiers", [self.store, profile]), ("list", []))
        return {each["idType"]: each["values"] for each in found}

    def get(self, profile: str, id_type: str) -> list[str]:
        found = self._ask(("identifiers", [self.store, profile, id_type]), ("fetch", []))
        return found.get("values")  # type: ignore[no-any-return]

    def replace(self, profile: str, id_type: str, old: str, new: str) -> str:
        update = {"idType": id_type, "oldValue": old, "newValue": new}
        return str(self._ask(("identifiers", [self.store, profile, id_type]), ("patch", [update]))["message"])

    def remove(self, profile: str, id_type: str, *, remove_all: bool | None = None) -> None:
        given = [] if remove_all is None else [{"removeAll": remove_all}]
        self._ask(("identifiers", [self.store, profile, id_type]), ("remove", given))

    def create(self, traits: Traits) -> str:
        return str(self._ask(("profiles", [self.store]), ("create", [{"traits": traits}]))["id"])

    def fetch(self, profile: str) -> tuple[str | None, Traits | None]:
        found = self._ask(("profiles", [self.store, profile]), ("fetch", []))
        return found.get("id"), found.get("traits")

    def patch(self, profile: str, traits: Traits) -> str:
        return str(self._ask(("profiles", [self.store, profile]), ("patch", [{"traits": traits}]))["message"])

    def delete(self, profile: str) -> None:
        self._ask(("profiles", [self.store, profile]), ("remove", []))

    def ids(self, *, page_size: int | None = None, order: str | None = None) -> list[str]:
        named = {"pageSize": page_size, "orderBy": order}
        given = {name: value for name, value in named.items() if value is not None}
        # Its list() ends after the first page, because it looks for the next one's token under another name.
        way: list[tuple[str, list[Any]]] = [("profiles", [self.store]), ("page", [given])]
        found: list[str] = []
        while (page := self._ask(*way)) is not None:
            found += page["instances"]
            way.append(("nextPage", []))
        return found

    def bulk(self, *traits: Traits) -> str:
        request = {"profiles": [{"traits": each} for each in traits]}
        return str(self._ask(("bulk", [self.store]), ("update", [request]))["message"])

    def lookup(self, id_type: str, value: str) -> tuple[str, list[str]]:
        found = self._ask(("lookup", [self.store]), ("create", [{"idType": id_type, "value": value}]))
        return found["normalizedValue"], found["profiles"]

    def settings(self) -> dict[str, Any]:
        found = self._ask(("identityResolutionSettings", [self.store]), ("fetch", []))
        return {name: found[name] for name in ("identifierConfigs", "matchingRules", "version")}

    def put_settings(self, document: dict[str, Any], if_match: str | None = None) -> str:
        given = [document] if if_match is None else [document, {"If-Match": if_match}]
        changed = self._ask(("identityResolutionSettings", [self.store]), ("update", given))
        return str(changed["statusUrl"])

    def operation(self, operation_id: str) -> str:
        return str(self._ask(("operations", [operation_id]), ("fetch", []))["status"])

    def traits(self, profile: str) -> dict[tuple[str, str], Any]:
        found = self._ask(("traits", [self.store, profile]), ("list", []))
        return {(each["traitGroup"], each["name"]): each["value"] for each in found}

    def define(self, group: str, traits: dict[str, Any]) -> str:
        given = {"displayName": group, "traits": traits}
        return str(self._ask(("traitGroups", [self.store]), ("create", [given]))["statusUrl"])

    def redefine(self, group: str, traits: dict[str, Any]) -> str:
        return str(self._ask(("traitGroups", [self.store, group]), ("patch", [{"traits": traits}]))["statusUrl"])

    def undefine(self, group: str) -> None:
        self._ask(("traitGroups", [self.store, group]), ("remove", []))

    def groups(self) -> list[str]:
        found = self._ask(("traitGroups", [self.store]), ("list", [{"includeTraits": True}]))
        return [each["displayName"] for each in found]

    def group(self, name: str) -> dict[str, Any]:
        return dict(self._ask(("traitGroups", [self.store, name]), ("fetch", []))["traitGroup"])

    def observe(self, profile: str, *items: dict[str, Any]) -> str:
        given = {"observations": list(items)}
        return str(self._ask(("observations", [self.store, profile]), ("create", [given]))["message"])

    def observations(self, profile: str) -> list[tuple[str, str]]:
        found = self._ask(("observations", [self.store, profile]), ("list", []))
        return [(each["id"], each["content"]) for each in found]

    def change_observation(self, profile: str, observation: str, content: str) -> str:
        way = ("observations", [self.store, profile, observation])
        return str(self._ask(way, ("patch", [{"content": content}]))["message"])

    def revisions(self, profile: str, observation: str) -> list[str]:
        return [each["content"] for each in self._ask(("revisions", [self.store, profile, observation]), ("list", []))]

    def forget_observation(self, profile: str, observation: str) -> None:
        self._ask(("observations", [self.store, profile, observation]), ("remove", []))

    def sum_up(self, profile: str, *items: dict[str, Any]) -> str:
        given = {"summaries": list(items)}
        return str(self._ask(("conversationSummaries", [self.store, profile]), ("create", [given]))["message"])

    def summaries(self, profile: str) -> list[tuple[str, str]]:
        found = self._ask(("conversationSummaries", [self.store, profile]), ("list", []))
        return [(each["id"], each["content"]) for each in found]

    def recall(self, profile: str, query: str) -> dict[str, Any]:
        found = self._ask(("recall", [self.store, profile]), ("create", [{"query": query}]))
        return {name: found[name] for name in ("observations", "summaries", "communications", "meta")}

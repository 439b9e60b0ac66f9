"""Trait groups: which traits a store says that it knows, and which of them are promoted to identifiers (T1)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from resolver.emulator.control_plane import IF_MATCH, check_match, etag
from resolver.emulator.entries import Kind, TraitGroup, TraitGroupWrite
from resolver.emulator.http_messages import Refused, Response, answer
from resolver.emulator.paging import cut, meta_of, page_of, parameters
from resolver.emulator.respond import Call, flag
from resolver.emulator.routing import CONTROL, OPERATION_HEADERS, Endpoint, Parameter
from resolver.emulator.shapes import Given, OperationAccepted, PageMeta, Taken, TraitName

MOST_GROUPS, MOST_TRAITS, MOST_ON_A_PAGE = 50, 95, 100

GroupName = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_\-.]+$(?!\n)")]
Description = Annotated[str, Meta(max_length=1024)] | UnsetType
Count = Annotated[int, Meta(ge=0)] | UnsetType


class StringRule(Taken, frozen=True, tag_field="ruleType", tag="STRING"):
    """What a text must be like."""

    pattern: Annotated[str, Meta(max_length=1000)] | UnsetType = UNSET
    min_length: Count = UNSET
    max_length: Annotated[int, Meta(ge=1)] | UnsetType = UNSET


class NumberRule(Taken, frozen=True, tag_field="ruleType", tag="NUMBER"):
    """What a number must be like."""

    min: float | UnsetType = UNSET
    max: float | UnsetType = UNSET


class BooleanRule(Taken, frozen=True, tag_field="ruleType", tag="BOOLEAN"):
    """That a value is a boolean."""


class ArrayRule(Taken, frozen=True, tag_field="ruleType", tag="ARRAY"):
    """How many values there must be."""

    min_items: Count = UNSET
    max_items: Count = UNSET


class _Definition(Taken, frozen=True, kw_only=True):
    description: Description = UNSET
    validation_rule: StringRule | NumberRule | BooleanRule | ArrayRule | UnsetType = UNSET
    id_type_promotion: Annotated[str, Meta(max_length=30)] | UnsetType = UNSET


class TraitDefinition(_Definition, frozen=True, kw_only=True):
    """What a trait is; *idTypePromotion* makes its values identifiers of that idType."""

    data_type: Literal["STRING", "NUMBER", "BOOLEAN", "ARRAY"]


class TraitChange(_Definition, frozen=True, kw_only=True):
    """What a trait is to be; an empty *dataType* removes it."""

    data_type: Literal["STRING", "NUMBER", "BOOLEAN", "ARRAY", ""]


class TraitGroupCore(Taken, frozen=True):
    """A new trait group."""

    display_name: GroupName
    description: Description = UNSET
    traits: Annotated[dict[TraitName, TraitDefinition], Meta(max_length=MOST_TRAITS)] | UnsetType = UNSET


class TraitGroupPatch(Taken, frozen=True):
    """What is to be changed of a trait group; traits that are not named stay."""

    description: Description = UNSET
    traits: Annotated[dict[TraitName, TraitChange], Meta(max_length=MOST_TRAITS)] | UnsetType = UNSET


class TraitGroupBody(Given, frozen=True):
    """One trait group."""

    display_name: str
    version: int
    description: str | UnsetType = UNSET
    traits: dict[str, dict[str, Any]] | UnsetType = UNSET


class OneTraitGroup(Given, frozen=True):
    """One trait group, with a page of its traits."""

    trait_group: TraitGroupBody
    meta: PageMeta


class TraitGroupPage(Given, frozen=True):
    """A page of trait groups."""

    trait_groups: list[TraitGroupBody]
    meta: PageMeta


def create(call: Call) -> Response:
    """Define a trait group."""
    definitions, given = call.store.trait_definitions, call.body
    if definitions.get(given.display_name) is not None:
        fault = f"{given.display_name!r} is not allowed; expected a name that no other trait group has"
        raise Refused(400, f"displayName: {fault}")
    if len(definitions) >= MOST_GROUPS:
        raise Refused(400, f"there are {MOST_GROUPS} trait groups; expected no more, delete one first")
    group = TraitGroup(
        given.display_name,
        call.at,
        call.service.next_number,
        description=given.description or None,
        traits=_plain(given.traits),
    )
    return _written(call, group.name, group, "TraitGroup accepted for processing.")


def list_all(call: Call) -> Response:
    """Return trait groups, by time of creation; with their traits where they are asked for."""
    page = page_of(call.query, MOST_ON_A_PAGE, f"{call.values['storeId']}/traitGroups")
    with_traits = flag(call.query, "includeTraits", default=False)
    groups = {(group.created_at, group.number, group.name): group for group in call.store.trait_definitions.all()}
    found, more = cut(page, sorted(groups))
    bodies = [group_body(groups[place], groups[place].traits if with_traits else None) for place in found]
    return answer(200, TraitGroupPage(bodies, meta_of("traitGroups", page, found, more=more, size=len(found))))


def fetch(call: Call) -> Response:
    """Return a trait group, with a page of its traits by name."""
    group = _group(call)
    page = page_of(call.query, MOST_ON_A_PAGE, f"{call.values['storeId']}/traitGroups/{group.name}")
    with_traits = flag(call.query, "includeTraits", default=True)
    found, more = cut(page, [(0, 0, name) for name in sorted(group.traits)] if with_traits else [])
    traits = {name: group.traits[name] for _, _, name in found}
    meta = meta_of("traits", page, found, more=more, size=len(found))
    body = OneTraitGroup(group_body(group, traits if with_traits else None), meta)
    return answer(200, body, ("ETag", _etag(call, group)))


def patch(call: Call) -> Response:
    """Change a trait group: traits that are named are set or removed, all others stay."""
    group, given = _group(call), call.body
    check_match(call, _etag(call, group))
    changes = _plain(given.traits)
    traits = {name: trait for name, trait in {**group.traits, **changes}.items() if trait["dataType"]}
    if len(traits) > MOST_TRAITS:
        raise Refused(400, f"traits: the group would have {len(traits)}; expected at most {MOST_TRAITS}")
    description = group.description if given.description is UNSET else given.description or None
    changed = msgspec.structs.replace(group, version=group.version + 1, description=description, traits=traits)
    return _written(call, group.name, changed, "TraitGroup update accepted for processing.")


def delete(call: Call) -> Response:
    """Forget a trait group; what profiles hold stays, identifiers too."""
    group = _group(call)
    check_match(call, _etag(call, group))
    return _written(call, group.name, None, "TraitGroup accepted for deletion.")


def group_body(group: TraitGroup, traits: Mapping[str, dict[str, Any]] | None) -> TraitGroupBody:
    """Return a group as it is shown, with these of its traits."""
    shown = UNSET if traits is None else dict(traits)
    return TraitGroupBody(group.name, group.version, group.description or UNSET, shown)


def _group(call: Call) -> TraitGroup:
    name = call.values["traitGroupName"]
    group = call.store.trait_definitions.get(name)
    if group is None:
        raise Refused(404, f"Not Found: there is no trait group {name!r}")
    return group


def _etag(call: Call, group: TraitGroup) -> str:
    return etag(f"{call.values['storeId']}/traitGroups/{group.name}", group.version)


def _plain(traits: Mapping[str, _Definition] | UnsetType) -> dict[str, dict[str, Any]]:
    plain: dict[str, dict[str, Any]] = {} if traits is UNSET else msgspec.to_builtins(traits)
    return plain


def _written(call: Call, name: str, group: TraitGroup | None, message: str) -> Response:
    store_id = call.store.record.id
    operation = call.new_operation(store_id)
    writes = (TraitGroupWrite(name, group),)
    entry = call.service.accept(Kind.TRAIT_GROUPS, call.at, store_id, trait_groups=writes, operation=operation)
    return call.operation_accepted(message, entry)


_GROUPS = f"{CONTROL}/{{storeId}}/TraitGroups"
_GROUP = f"{_GROUPS}/{{traitGroupName}}"
_ETAG = {"ETag": "the version of the trait group, for If-Match"}


def _include_traits(*, default: bool) -> Parameter:
    return Parameter("includeTraits", {"type": "boolean", "default": default}, "show the traits of a group too")


ENDPOINTS = (
    Endpoint(
        "ListTraitGroups", "GET", _GROUPS, list_all, "Trait groups, by time of creation.", TraitGroupPage,
        parameters=(_include_traits(default=False), *parameters(MOST_ON_A_PAGE)),
    ),
    Endpoint(
        "CreateTraitGroup", "POST", _GROUPS, create, f"Define a trait group; there may be {MOST_GROUPS}.",
        OperationAccepted, 202, takes=TraitGroupCore, decodes=TraitGroupCore, gives_headers=OPERATION_HEADERS,
    ),
    Endpoint(
        "FetchTraitGroup", "GET", _GROUP, fetch, "A trait group with its traits by name, and an ETag.", OneTraitGroup,
        parameters=(_include_traits(default=True), *parameters(MOST_ON_A_PAGE, "name")), gives_headers=_ETAG,
    ),
    Endpoint(
        "PatchTraitGroup", "PATCH", _GROUP, patch,
        "Change a trait group; an empty dataType removes a trait, those that are not named stay.",
        OperationAccepted, 202, takes=TraitGroupPatch, decodes=TraitGroupPatch, parameters=(IF_MATCH,),
        statuses=(412,), gives_headers=OPERATION_HEADERS,
    ),
    Endpoint(
        "DeleteTraitGroup", "DELETE", _GROUP, delete, "Forget a trait group; what profiles hold stays.",
        OperationAccepted, 202, parameters=(IF_MATCH,), statuses=(412,), gives_headers=OPERATION_HEADERS,
    ),
)  # fmt: skip

"""Shapes: the bodies that the public and the admin API take and give, and the OpenAPI document is written from."""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

STORE_ID = r"^mem_(store|service)_[0-7][0-9a-z]{25}$"
PROFILE_ID = r"^mem_profile_[0-7][0-9a-z]{25}$"
OBSERVATION_ID = r"^mem_observation_[0-7][0-9a-z]{25}$"
SUMMARY_ID = r"^mem_summary_[0-7][0-9a-z]{25}$"
DISPLAY_NAME = r"^[a-zA-Z0-9-]+$"

IdTypeName = Annotated[str, Meta(min_length=2, max_length=30, examples=["email"])]
RawValue = Annotated[str, Meta(max_length=255)]
Whole = Annotated[int, Meta(ge=-(1 << 53), le=1 << 53)]
Scalar = str | bool | Whole
TraitValue = Scalar | list[Scalar] | None
TraitName = Annotated[str, Meta(min_length=1, max_length=64)]
TraitGroup = Annotated[dict[TraitName, TraitValue], Meta(max_length=99)]
TraitGroups = Annotated[dict[TraitName, TraitGroup], Meta(max_length=50)]
ShownTraits = dict[str, dict[str, Any]]
StoreId = Annotated[str, Meta(extra_json_schema={"pattern": STORE_ID})]
CanonicalId = Annotated[str, Meta(extra_json_schema={"pattern": PROFILE_ID})]
ObservationId: TypeAlias = Annotated[str, Meta(extra_json_schema={"pattern": OBSERVATION_ID})]
SummaryId: TypeAlias = Annotated[str, Meta(extra_json_schema={"pattern": SUMMARY_ID})]


class Taken(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A body that is taken; an unknown key is an error."""


class Given(msgspec.Struct, frozen=True, rename="camel"):
    """A body that is given."""


class Identifier(Taken, frozen=True):
    """One identifier, as it is written by hand."""

    id_type: IdTypeName
    value: RawValue


class IdentifierUpdate(Taken, frozen=True):
    """One value to be put in the place of another."""

    id_type: IdTypeName
    old_value: RawValue
    new_value: RawValue


class ProfileData(Taken, frozen=True):
    """The traits of a person; at least one of the group Contact must be an identifier."""

    traits: TraitGroups | UnsetType = UNSET


class ProfilePatch(Taken, frozen=True):
    """The traits to set, or with null to remove; all others stay."""

    traits: TraitGroups


class ProfileBatch(Taken, frozen=True):
    """Many people at once."""

    profiles: Annotated[list[ProfileData], Meta(min_length=1, max_length=1000)]


class StoreCore(Taken, frozen=True):
    """A new store."""

    display_name: Annotated[str, Meta(min_length=1, max_length=64, extra_json_schema={"pattern": DISPLAY_NAME})]
    description: Annotated[str, Meta(min_length=1, max_length=128)] | UnsetType = UNSET


class StorePatch(Taken, frozen=True):
    """What is to be changed of a store."""

    display_name: (
        Annotated[str, Meta(min_length=1, max_length=64, extra_json_schema={"pattern": DISPLAY_NAME})] | UnsetType
    ) = UNSET
    description: Annotated[str, Meta(min_length=1, max_length=128)] | UnsetType = UNSET


class IdentifierConfig(Taken, frozen=True):
    """How identifiers of one type are normalized, compared, counted and owned."""

    id_type: IdTypeName
    matching_algo: Annotated[str, Meta(extra_json_schema={"enum": ["exact", "fuzzy"]})] = "exact"
    matching_threshold: Annotated[int, Meta(ge=50, le=99)] = 75
    limit: Annotated[int, Meta(ge=1, le=100)] = 100
    limit_policy: Annotated[str, Meta(extra_json_schema={"enum": ["fifo", "lifo"]})] = "fifo"
    enforce_unique: bool = True
    normalization: Annotated[str, Meta(extra_json_schema={"enum": ["phone", "email", "trim", "none"]})] = "trim"


class SettingsCore(msgspec.Struct, frozen=True, rename="camel"):
    """Which identifiers a store knows, and which rules match, in order of priority."""

    identifier_configs: Annotated[list[IdentifierConfig], Meta(min_length=1, max_length=15)]
    matching_rules: Annotated[list[str], Meta(min_length=1, max_length=15)]


class SettingsBody(SettingsCore, frozen=True, kw_only=True, rename="camel"):
    """Settings, and how often they were changed."""

    version: Annotated[int, Meta(ge=1)]


class Message(Given, frozen=True):
    """What became of a request."""

    message: str


class Moved(Given, frozen=True):
    """Where a profile that was merged away lives on."""

    message: str
    uri: str


class Error(msgspec.Struct, frozen=True):
    """What is wrong with a request."""

    code: int
    message: str
    more_info: str
    status: int


class IdentifierSet(Given, frozen=True):
    """The values of one idType, oldest first."""

    id_type: str
    values: list[str]


class IdentifierSets(Given, frozen=True):
    """Every identifier of a profile."""

    identifiers: list[IdentifierSet]


class ProfileAccepted(Given, frozen=True):
    """The canonical id of a person."""

    id: CanonicalId
    message: str


class Profile(Given, frozen=True):
    """One person."""

    id: CanonicalId
    created_at: str
    traits: ShownTraits


class TraitOf(Given, frozen=True):
    """One trait of a profile, and when it was written."""

    name: str
    value: Any
    trait_group: str
    timestamp: str


class PageMeta(Given, frozen=True):
    """Where a page stands in its list."""

    key: str
    page_size: int
    next_token: str | UnsetType = UNSET
    previous_token: str | UnsetType = UNSET


class ProfilePage(Given, frozen=True):
    """A page of canonical ids."""

    profiles: list[CanonicalId]
    meta: PageMeta


class TraitPage(Given, frozen=True):
    """A page of a profile's traits."""

    traits: list[TraitOf]
    meta: PageMeta


class Found(Given, frozen=True):
    """The value that was searched, and who holds it, earliest first."""

    normalized_value: str
    profiles: list[CanonicalId]


class OperationAccepted(Given, frozen=True):
    """Where the operation can be asked about."""

    message: str
    status_url: str


class BatchAccepted(Given, frozen=True):
    """What became of a batch, and where the operation can be asked about."""

    message: str
    operation_id: str
    created_at: str
    status_url: str


class ResultOf(Given, frozen=True):
    """What an operation changed."""

    id: str
    type: str = "RESOURCE_ID"


class OperationStatus(Given, frozen=True, omit_defaults=True):
    """How far an operation is: RUNNING until what it did is shown, then COMPLETED."""

    operation_id: str
    status: str
    created_at: str
    status_url: str
    completed_at: str | None = None
    result: ResultOf | None = None


class StorePage(Given, frozen=True):
    """A page of stores."""

    stores: list[StoreId]
    meta: PageMeta


class StoreBody(Given, frozen=True):
    """One store."""

    id: StoreId
    display_name: str
    status: str
    intelligence_service_id: str | None
    version: int
    data_as_of: str
    description: str | UnsetType = UNSET


class RecordedRequest(Given, frozen=True):
    """One request; its body as JSON if it is that, else as text, cut where it is long."""

    number: int
    at: int
    time: str
    method: str
    path: str
    query: str
    endpoint: str
    status: int
    milliseconds: float
    body: Any
    body_bytes: int


class RequestCount(Given, frozen=True):
    """How many requests had this endpoint and status."""

    endpoint: str
    status: int
    count: int


class RecordedRequests(Given, frozen=True):
    """The requests that fit: how many, by endpoint and status, and the newest of them, oldest first.

    *total* were made, and of these the oldest, *forgotten*, are no longer remembered.
    """

    total: int
    forgotten: int
    matching: int
    counts: list[RequestCount]
    requests: list[RecordedRequest]


MOST_TRAITS = 95
"""Traits of one group."""

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

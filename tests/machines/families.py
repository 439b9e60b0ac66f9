"""Families of cases: settings that make one part of the contract frequent, and values that meet often."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from string import ascii_letters
from typing import Any

import attrs

from resolver.blocklist import LISTS, Blocked
from resolver.ids import numbered_id
from resolver.policies import Caps, Policies
from resolver.settings import AND, IdentifierConfig, Settings
from resolver.simulate.settings_documents import PRESETS, preset
from tests.machines.case import Case, Clock

MAILS = ("a@b.cc", "A@B.CC ", "ab@b.cc", "a@b.test", "b@a.cc", "abab@b.cc", "nomail")
PHONES = (
    "317 555 6789",
    "+13175556789",
    "13175556798",
    "+447911123456",
    "447911123456",
    "3175550000",
    "12345",
)
WORDS = ("ab", "ba", " ab", "aab", "abb", "baa", "bbb")
TEXTS = ("abab", "abba", "abab ", "baba", "ababa", "bbbb", "aaaa")
ODD_VALUES = ("", "  ", 5, None, "x" * 256, " " + "x" * 255)

RAWS: dict[str, tuple[object, ...]] = {"mail": MAILS, "call": PHONES, "word": WORDS, "text": TEXTS}
NATIVE = {"mail": "email", "call": "phone", "word": "trim", "text": "none"}
TYPES = tuple(RAWS)

Fields = dict[str, Any]
Family = Callable[[Random], Case]


def scattered_id(number: int, at: int) -> str:
    """Return ids whose order is not the order of creation, and that come back now and then."""
    return f"p{(number * 37 + at) % 101:03}"


def odd_id(number: int, at: int) -> Any:
    """Ids of which some are none, and some would be those of later commands."""
    odd = {5: "", 11: None, 13: 5, 17: numbered_id(number + 2)}
    return odd.get(number % 19, f"p{number}")


def uneven(number: int) -> Any:
    """A clock that goes back now and then, and whose time is none now and then."""
    odd = {7: True, 13: 2**63, 19: "noon"}
    return odd.get(number % 31, number * 7 % 23)


def unspaced(text: str) -> str:
    return "".join(text.split()).lower()


def choosy(text: str) -> Any:
    """A normalization that refuses texts in all the ways there are (N9)."""
    if text.startswith("b"):
        raise LookupError(text)
    odd = {"aab": 5, "abba": "", "baba": "x" * 256, "ababa": "abab", "abab": "aaaa"}
    return odd.get(text, text.strip())


OWN = {"unspaced": unspaced, "choosy": choosy}


def config(id_type: str, **fields: Any) -> IdentifierConfig:
    return IdentifierConfig(id_type, **({"normalization": NATIVE[id_type]} | fields))


def settings(rules: Sequence[str], **fields: Fields) -> Settings:
    """Make settings of all four types; *fields*: what differs from the default, by idType."""
    return Settings([config(id_type, **fields.get(id_type, {})) for id_type in TYPES], rules)


NO_SUCH_NORMALIZATION = settings(["mail"], text={"normalization": "of my own"})


def fuzzy(threshold: int, **fields: Any) -> Fields:
    return {"matching_algo": "fuzzy", "matching_threshold": threshold} | fields


def shared(**fields: Any) -> Fields:
    return {"enforce_unique": False} | fields


def any_limit(random: Random) -> Fields:
    return {"limit": random.choice([1, 2, 3, 100, 100]), "limit_policy": random.choice(["fifo", "lifo"])}


def any_config(random: Random, id_type: str) -> IdentifierConfig:
    return config(
        id_type,
        matching_algo=random.choice(["exact", "exact", "fuzzy"]),
        matching_threshold=random.randint(50, 90),
        enforce_unique=random.random() < 0.6,
        normalization=random.choice([NATIVE[id_type]] * 4 + ["none", "trim"]),
        **any_limit(random),
    )


def any_settings(random: Random) -> Settings:
    """Draw settings over some of the types, with single and compound rules."""
    types = random.sample(TYPES, random.choice([1, 2, 3, 3, 4, 4]))
    rules: dict[frozenset[str], str] = {}
    for _ in range(random.randint(1, 5)):
        named = random.sample(types, min(len(types), random.choice([1, 1, 1, 2, 2, 3])))
        rules.setdefault(frozenset(named), AND.join(named))
    return Settings([any_config(random, id_type) for id_type in types], list(rules.values()))


def case(random: Random, name: str, chosen: Settings, fewest: int = 3, most: int = 6, **fields: Any) -> Case:
    """Make a case with a few raw values per type, so that values meet often."""
    raws = {t: tuple(random.sample(values, random.randint(fewest, most))) for t, values in RAWS.items()}
    drawn = {
        "on_invalid": random.choice(["refuse", "drop", "keep"]),
        "match": random.choice(["all", "all", "first"]),
    }
    return Case(name, chosen, raws, **(drawn | fields))


def everyday(random: Random) -> Case:
    """A new store's shape: unique types, each with its own rule, no limits to speak of."""
    return case(random, "everyday", settings(["mail", "word", "call", "text"]))


def tight_limits(random: Random) -> Case:
    """Unique types with limits of 1 to 3 and both policies."""
    tight = {t: {"limit": random.randint(1, 3), "limit_policy": random.choice(["fifo", "lifo"])} for t in TYPES}
    return case(random, "tight limits", settings(random.sample(TYPES, 4), **tight))


def unruled(random: Random) -> Case:
    """Unique types of which some have no rule: their collisions conflict."""
    limit = {"limit": random.randint(1, 3)}
    return case(random, "unruled", settings(random.sample(TYPES, 3), mail=limit, call=limit))


def implicit_compounds(random: Random) -> Case:
    """Non-unique types with rules of their own: every two of them together match."""
    loose = {t: shared(**any_limit(random)) for t in TYPES}
    rules = random.sample(TYPES, random.randint(2, 4))
    if len(rules) == 4 and random.random() < 0.5:
        del loose[rules[0]]
    return case(random, "implicit compounds", settings(rules, **loose), 2, 4)


def explicit_compounds(random: Random) -> Case:
    """Named rules of two and three types, over unique and non-unique ones."""
    one, two, three, four = random.sample(TYPES, 4)
    rules = random.sample([f"{one} AND {two}", f"{two} AND {three} AND {four}", f"{four} AND {one}", three], 3)
    loose = {t: shared(**any_limit(random)) for t in TYPES if t in (one, two) or random.random() < 0.6}
    return case(random, "explicit compounds", settings(rules, **loose), 2, 4)


def compounds_of_both_kinds(random: Random) -> Case:
    """Implicit and explicit compound rules side by side; some name the same types."""
    one, two, three, four = random.sample(TYPES, 4)
    rules = random.sample([one, two, f"{two} AND {one}", three, f"{one} AND {three} AND {four}"], 5)
    loose = {t: shared(**any_limit(random)) for t in (one, two, three)}
    return case(random, "compounds of both kinds", settings(rules, **loose), 2, 4)


def plain_beside_compounds(random: Random) -> Case:
    """Two types that match alone, and a compound rule on the two others (R7), which merges and settings complete.

    Profiles of few values stay apart here, one with this half of a combination and one with that, until a command
    that names only the first two types joins them.
    """
    one, other, *rest = random.sample(TYPES, 4)
    trimmed = {"normalization": "trim"}
    fields = {one: trimmed, other: trimmed, **dict.fromkeys(rest, shared(**trimmed))}
    full = settings([one, other, AND.join(rest)], **fields)
    later = (full, settings([one, other], **fields)) if random.random() < 0.5 else ()
    first = random.choice(later) if later else full
    drawn = case(random, "plain beside compounds", first, later=later, crowd=12, joining=(one, other), match="all")
    raws = {one: tuple("abcdefghij"), other: tuple("abcdefghij"), **dict.fromkeys(rest, tuple("xy"))}
    return replace(drawn, raws=raws)


def collisions_by_compounds(random: Random) -> Case:
    """Unique types that only compound rules name: a collision merges if the rest is shared too (A3)."""
    one, two, three, four = random.sample(TYPES, 4)
    rules = [f"{one} AND {two}", f"{one} AND {three}", four]
    loose = {two: shared(**any_limit(random)), three: shared(**fuzzy(random.randint(60, 90)))}
    return case(random, "collisions by compounds", settings(rules, **{one: {"limit": 2}}, **loose), 2, 5)


def fuzzy_singles(random: Random) -> Case:
    """Unique fuzzy types, where similar values match."""
    alike = {t: fuzzy(random.randint(50, 90), **any_limit(random)) for t in TYPES}
    return case(random, "fuzzy singles", settings(random.sample(TYPES, random.randint(2, 4)), **alike))


def fuzzy_compounds(random: Random) -> Case:
    """Fuzzy types in compound rules: similar stored values keep joining profiles."""
    one, two, three, four = random.sample(TYPES, 4)
    rules = random.sample([one, two, three, f"{one} AND {four}", f"{two} AND {three} AND {four}"], 4)
    alike = {t: shared(**fuzzy(random.randint(60, 90), **any_limit(random))) for t in (one, two)}
    loose = {t: shared() for t in (three, four) if random.random() < 0.7}
    return case(random, "fuzzy compounds", settings(rules, **alike, **loose), 2, 5)


def changing_settings(random: Random) -> Case:
    """Types come and go, become unique or not, get other limits and normalizations."""
    later = tuple(any_settings(random) for _ in range(4))
    return case(random, "changing settings", any_settings(random), later=later)


def changing_uniqueness(random: Random) -> Case:
    """One set of rules; types become non-unique and unique again, so that values have several owners."""
    rules = random.choice(
        [["mail", "call"], ["mail", "call AND word"], ["mail AND call", "mail AND word", "text"], TYPES]
    )
    later = []
    for _ in range(4):
        chosen = {t: {"enforce_unique": random.random() < 0.5} | any_limit(random) for t in TYPES}
        later.append(settings(rules, **chosen))
    return case(random, "changing uniqueness", later[0], 2, 5, later=tuple(later))


def lowered_limits(random: Random) -> Case:
    """Limits go up and down, so that long lists wait for the next write to be trimmed (S1)."""
    one, two = random.sample(TYPES, 2)
    rules = random.choice([[one], [one, two], [one, two], [f"{one} AND {two}"]])
    unique = {t: random.random() < 0.8 for t in (one, two)}
    later = []
    for limit in (100, 100, 100, 100, 2, 1):
        policy = random.choice(["fifo", "lifo"])
        fields: Fields = {"limit": limit, "limit_policy": policy, "normalization": "none"}
        configs = [config(t, enforce_unique=unique[t], **fields) for t in (one, two)]
        later.append(Settings(configs, rules))
    drawn = case(random, "lowered limits", later[0], later=tuple(later), crowd=0, changes=10)
    return replace(drawn, raws=dict.fromkeys((one, two), tuple("abcdefgh")))


def several_owners(random: Random) -> Case:
    """A value of several profiles becomes unique: who claims it is joined to some of them, or to all (A3).

    Compound rules join it to those who share another value too, the last rule's type to everybody (section 14).
    """
    one, two, three, four = random.sample(TYPES, 4)
    several = [f"{one} AND {two}", f"{one} AND {three}"]
    rules = random.choice([several, several, [*several, four], [f"{one} AND {two} AND {three}"], [four, one]])
    beside = {two: shared(**any_limit(random)), three: shared(**random.choice([{}, fuzzy(75)]))}
    later = []
    for unique in (True, True, False, False):
        limit = random.choice([{}, {}, any_limit(random)])
        later.append(settings(rules, **{one: {"enforce_unique": unique, **limit}, **beside}))
    drawn = case(random, "several owners", later[-1], later=tuple(later), crowd=9, changes=8, claimed=one)
    raws = {one: ("ab", "ba"), two: tuple("abcd"), three: ("abab", "abba", "ccc", "ddd"), four: tuple(ascii_letters)}
    return replace(drawn, raws=raws)


def mixed_changes(random: Random) -> Case:
    """Everything changes midway: limits and policies, uniqueness, rules, thresholds, normalizations, and the types."""
    later = [any_settings(random) for _ in range(3)]
    for _ in range(3):
        before = random.choice(later)
        changed = [replace_config(random, config) for config in before.identifier_configs]
        later.append(Settings(changed, before.matching_rules))
    drawn = case(random, "mixed changes", later[0], later=tuple(later), crowd=2, changes=9)
    return replace(drawn, raws=dict.fromkeys(TYPES, ("ab", "AB", " ab", "aab", "b@a.cc", "B@a.cc", "12", "abab")))


def replace_config(random: Random, before: IdentifierConfig) -> IdentifierConfig:
    """A configuration with one thing changed, or nothing."""
    changes: list[Fields] = [
        any_limit(random),
        {"limit": random.choice([1, 2, 3])},
        {"enforce_unique": not before.enforce_unique},
        {"normalization": random.choice([NATIVE[before.id_type], "none", "trim"])},
        {"matching_threshold": random.randint(50, 90)},
        {},
    ]
    return attrs.evolve(before, **random.choice(changes))


def injected_ids(random: Random) -> Case:
    """Ids from a factory, in no order, some of them used before, or no ids at all."""
    later, factory = (any_settings(random),), random.choice([scattered_id, scattered_id, odd_id])
    return case(random, "injected ids", any_settings(random), later=later, new_id=factory)


def injected_clock(random: Random) -> Case:
    """A clock that gives the time of commands without one, late or wrong now and then."""
    tight = {t: any_limit(random) for t in TYPES}
    return case(random, "injected clock", settings(random.sample(TYPES, 3), **tight), clock=Clock(uneven))


def injected_normalizers(random: Random) -> Case:
    """Normalizations of the user's own, which other settings replace by others (N9, S1)."""

    def drawn() -> Settings:
        own = {t: {"normalization": random.choice([*OWN, *OWN, NATIVE[t], "none"])} for t in TYPES}
        loose = {t: own[t] | any_limit(random) | {"enforce_unique": random.random() < 0.7} for t in TYPES}
        return settings(random.sample(TYPES, random.randint(2, 4)), **loose)

    raws = dict.fromkeys(TYPES, ("ab", "A B", " ab", "aab", "abba", "baba", "ababa", "abab", "aaaa", "c"))
    later = (drawn(), drawn())
    return replace(case(random, "injected normalizers", drawn(), later=later, normalizers=OWN), raws=raws)


def another_region(random: Random) -> Case:
    """National numbers are read in another country."""
    return case(random, "another region", settings(["call", "mail"]), default_region="GB")


def anything(random: Random) -> Case:
    """Settings drawn at random, and kept."""
    return case(random, "anything", any_settings(random), 2, 5)


def any_blocked(random: Random) -> list[Blocked | str]:
    """Draw what is blocked: of values that are in play, by all three conditions, of one type or of all."""
    entries: list[Blocked | str] = []
    for _ in range(random.choice([1, 1, 2, 3])):
        condition: Fields = random.choice(
            [
                {"equals": random.sample([*MAILS, *PHONES, *WORDS, *TEXTS], 9)},
                {"equals": ["a@b.cc", "ab", "+13175556789", "", "nomail"]},
                {"matches": random.choice(["^a+b", "b{2,}", "@B", "[0-9]{11}", "^.{0,2}$", "a$"])},
                {"unless_matches": random.choice(["a", "^[^@]*$", "b.*b", "^[+]1", "^..+$"])},
            ]
        )
        then = random.choice(["drop", "drop", "refuse"])
        entries.append(Blocked(id_type=random.choice(["*", "*", *TYPES]), then=then, **condition))
    return random.choice([entries, entries, [*entries, random.choice([*LISTS])]])


def blocked_values(random: Random) -> Case:
    """Values that are blocked, now these and now those, under any other settings (P1)."""
    later = []
    for chosen in (settings(random.sample(TYPES, 4)), any_settings(random), settings(random.sample(TYPES, 3))):
        known = (*chosen.id_types, "*")
        blocked = [entry for entry in any_blocked(random) if isinstance(entry, str) or entry.id_type in known]
        later.append(attrs.evolve(chosen, policies=Policies(blocked=blocked)))
    return case(random, "blocked values", random.choice(later), later=tuple(later))


DAY = 24 * 60 * 60 * 1000


def simple_settings(random: Random) -> Settings:
    """Settings that stand beside joining policies: rules of one unique, exact type; others stand outside (C2)."""
    ruled = random.sample(TYPES, random.choice([2, 3, 3, 4, 4]))
    outside = {t: random.choice([{}, {}, shared(), fuzzy(75), shared(**fuzzy(75))]) for t in TYPES if t not in ruled}
    fields = {t: any_limit(random) | {"limit": random.choice([1, 1, 1, 2, 2, 3, 3, 100])} for t in TYPES}
    return settings(ruled, **{t: fields[t] | outside.get(t, {}) for t in TYPES})


def any_misfit(random: Random) -> Any:
    """One word for all, or one for some types."""
    words = ["refuse", "refuse", "refuseRest", "move", "share"]
    if random.random() < 0.6:
        return random.choice(words)
    return {t: random.choice(words) for t in random.sample([*TYPES, "*"], random.randint(1, 4))}


def any_windows(random: Random) -> dict[str, int]:
    return {t: random.choice([1, 2, 3, 5, 9, 3650]) for t in random.sample(TYPES, random.choice([0, 1, 2, 4]))}


def any_joining(random: Random, *, windows: bool = False) -> Policies:
    """Draw bounds, and who yields."""
    caps = {"identifiers": random.choice([None, None, 1, 2, 3, 5]), "merges": random.choice([None, None, 0, 1, 2])}
    return Policies(
        blocked=any_blocked(random)[: random.choice([0, 0, 1, 9])],
        window_days=any_windows(random) if windows else {},
        protect=random.choice(["*", "*", [], random.sample(TYPES, random.randint(1, 3))]),
        caps=Caps(**caps),
        misfit=any_misfit(random),
    )


def joined(random: Random, name: str, policies: Sequence[Policies], **fields: Any) -> Case:
    """Make a case of settings with these policies, which change midway; often all settings are of one kind."""
    later = [attrs.evolve(simple_settings(random), policies=each) for each in policies]
    if random.random() < 0.4:
        later = [attrs.evolve(later[0], policies=each) for each in policies]
    others = [any_settings(random)] if random.random() < 0.3 else []
    few = {"match": "all", "crowd": random.choice([2, 5, 12])} | fields
    made = case(random, name, later[0], 3, 5, later=(*later, *others) if random.random() < 0.7 else (), **few)
    return replace(made, raws={t: raws if random.random() < 0.3 else tuple("abcdef") for t, raws in made.raws.items()})


def plain_texts(made: Case) -> Case:
    """Let the values of all types be read as they are, so that none is refused as unreadable."""
    kept = [
        attrs.evolve(each, identifier_configs=[attrs.evolve(c, normalization="none") for c in each.identifier_configs])
        for each in (made.settings, *made.later)
    ]
    return replace(made, settings=kept[0], later=tuple(kept[1:]))


def protected_lists(random: Random) -> Case:
    """Limits that refuse, and what does not fit is refused (P3 to P6)."""
    policies = []
    for _ in range(3):
        drawn = any_joining(random)
        misfit = random.choice(["refuse", "refuseRest", {random.choice(TYPES): "refuseRest"}])
        policies.append(Policies(protect=drawn.protect or "*", caps=drawn.caps, misfit=misfit))
    return plain_texts(joined(random, "protected lists", policies))


def yielding_owners(random: Random) -> Case:
    """Misfits that move or are shared, so that values have several owners (P5, P6)."""
    policies = []
    for _ in range(3):
        drawn = any_joining(random)
        by_type = {t: random.choice(["move", "share"]) for t in TYPES}
        misfit = random.choice(["move", "share", "share", by_type])
        policies.append(Policies(protect=drawn.protect, caps=drawn.caps, misfit=misfit))
    return plain_texts(joined(random, "yielding owners", policies, claimed=random.choice(TYPES)))


def vendors_preset(random: Random) -> Settings:
    """Draw a vendor's preset, its first idTypes under the names of ours; nothing is said of the others."""
    document = preset(random.choice(PRESETS))
    names = dict(zip(document["matchingRules"], random.sample(TYPES, 4), strict=False)) | {"*": "*"}
    policies = document.get("options", {}).get("policies", {})
    if "blocked" in policies:
        entries = [entry | {"idType": names.get(entry.get("idType", "*"))} for entry in policies["blocked"]]
        policies["blocked"] = [entry for entry in entries if entry["idType"] is not None]
    if isinstance(policies.get("protect"), list):
        policies["protect"] = [names[id_type] for id_type in policies["protect"] if id_type in names]
    configs = [
        each | {"idType": names[each["idType"]]} for each in document["identifierConfigs"] if each["idType"] in names
    ]
    rules = [names[rule] for rule in document["matchingRules"] if rule in names]
    return Settings.from_json({**document, "identifierConfigs": configs, "matchingRules": rules})


def any_policies(random: Random) -> Case:
    """Any mix of policies, or a vendor's, beside times that are days apart, and anything changed midway."""
    policies = [any_joining(random, windows=True) for _ in range(3)]
    made = joined(random, "any policies", policies, unit=DAY)
    made = plain_texts(made) if random.random() < 0.5 else made
    vendors = [vendors_preset(random) for _ in range(random.choice([0, 0, 1, 2]))]
    return replace(made, settings=random.choice([made.settings, *vendors]), later=(*made.later, *vendors))


def people_erased(random: Random) -> Case:
    """People are erased, and what names them is suppressed and given again, under whatever settings and options."""
    made = random.choice([any_policies, anything, injected_ids, blocked_values, injected_normalizers])(random)
    return replace(made, name=f"people erased: {made.name}", privacy=0.15)


def windows(random: Random) -> Case:
    """Limits that count the values of some days only, under any settings (P2)."""
    later = []
    for _ in range(3):
        chosen = any_settings(random)
        days = {t: random.choice([1, 2, 3, 5, 9]) for t in chosen.id_types if random.random() < 0.7}
        limits = [
            attrs.evolve(each, **any_limit(random) | {"limit": random.choice([1, 1, 2, 3])})
            for each in chosen.identifier_configs
        ]
        later.append(attrs.evolve(chosen, identifier_configs=limits, policies=Policies(window_days=days)))
    made = case(random, "windows", later[0], later=tuple(later), unit=DAY, crowd=random.choice([0, 2, 5]))
    return replace(made, raws=dict.fromkeys(TYPES, tuple("abcdefgh"))) if random.random() < 0.6 else made


FAMILIES: tuple[Family, ...] = (
    everyday,
    tight_limits,
    unruled,
    implicit_compounds,
    explicit_compounds,
    compounds_of_both_kinds,
    plain_beside_compounds,
    collisions_by_compounds,
    fuzzy_singles,
    fuzzy_compounds,
    changing_settings,
    changing_uniqueness,
    lowered_limits,
    several_owners,
    mixed_changes,
    injected_ids,
    injected_clock,
    injected_normalizers,
    another_region,
    anything,
    blocked_values,
    protected_lists,
    yielding_owners,
    any_policies,
    people_erased,
    windows,
)

"""Touchpoints: what each place where people leave a record asks them for, and what they write there, mistakes too."""

from collections.abc import Callable
from typing import TypeAlias

from resolver.generate.dice import Dice
from resolver.generate.numbers import written
from resolver.generate.people import NOT_A_PHONE, NOT_AN_EMAIL, Person

Identifiers: TypeAlias = dict[str, str | list[str]]

SOURCES = ("crm", "crm", "crm", "web", "web", "web", "shop", "shop", "app")
"""Where a record comes from; each counts as often as it stands here."""


def identifiers(source: str, person: Person, dice: Dice) -> tuple[Identifiers, dict[str, str]]:
    """Return what the person leaves at *source*, and which of their numbers it shows, by kind."""
    return _TOUCHPOINTS[source](person, dice)


def _crm(person: Person, dice: Dice) -> tuple[Identifiers, dict[str, str]]:
    """Note the phone at which the person called, and mostly an e-mail address, as a clerk does."""
    found: Identifiers = {}
    if dice.chance(0.85):
        found["email"] = _email(person, dice, at_work=0.5)
    shows = _phones(person, dice, mobile=0.6, landline=0.4)
    if shows or not found:
        found["phone"] = _phone(shows or {"mobile": person.mobile}, dice)
    if person.loyalty is not None and dice.chance(0.3):
        found["loyalty_id"] = person.loyalty
    return found, shows


def _web(person: Person, dice: Dice) -> tuple[Identifiers, dict[str, str]]:
    """Fill a form, which wants an e-mail address; some chat from there."""
    found: Identifiers = {"email": _email(person, dice, at_work=0.2)}
    if person.chat is not None and dice.chance(0.6):
        found["chat"] = person.chat
    shows = _phones(person, dice, mobile=0.25, landline=0.05)
    if shows:
        found["phone"] = _phone(shows, dice)
    return found, shows


def _shop(person: Person, dice: Dice) -> tuple[Identifiers, dict[str, str]]:
    """Show the card at the till if there is one, and leave a phone for the delivery."""
    found: Identifiers = {}
    if person.loyalty is not None and dice.chance(0.8):
        found["loyalty_id"] = person.loyalty
    if not found or dice.chance(0.4):
        found["email"] = _email(person, dice, at_work=0.1)
    shows = _phones(person, dice, mobile=0.3, landline=0.4)
    if shows:
        found["phone"] = _phone(shows, dice)
    return found, shows


def _app(person: Person, dice: Dice) -> tuple[Identifiers, dict[str, str]]:
    """Let the phone speak for itself: its number, and what is installed on it."""
    found: Identifiers = {"phone": person.mobile}
    if person.uses_whatsapp:
        found["whatsapp"] = person.whatsapp
    if person.chat is not None and dice.chance(0.7):
        found["chat"] = person.chat
    if len(found) == 1 or dice.chance(0.3):
        found["email"] = person.email
    return found, {"mobile": person.mobile}


_TOUCHPOINTS: dict[str, Callable[[Person, Dice], tuple[Identifiers, dict[str, str]]]] = {
    "crm": _crm,
    "web": _web,
    "shop": _shop,
    "app": _app,
}


def _email(person: Person, dice: Dice, *, at_work: float) -> str:
    if dice.chance(0.02):
        return dice.pick(NOT_AN_EMAIL)
    if person.office is not None and dice.chance(at_work):
        return person.office
    if dice.chance(0.04):
        return misspelled(person.email, dice)
    return restyled(person.email, dice) if dice.chance(0.15) else person.email


def _phones(person: Person, dice: Dice, *, mobile: float, landline: float) -> dict[str, str]:
    """Choose which of the two numbers are left, each with its own probability."""
    numbers: dict[str, str] = {}
    if dice.chance(mobile):
        numbers["mobile"] = person.mobile
    if dice.chance(landline):
        numbers["landline"] = person.household.landline
    return numbers


def _phone(numbers: dict[str, str], dice: Dice) -> str | list[str]:
    texts = [written(number, dice) for number in numbers.values()]
    if dice.chance(0.02):
        texts[0] = dice.pick(NOT_A_PHONE)
    return texts if len(texts) > 1 else texts[0]


def misspelled(email: str, dice: Dice) -> str:
    """Return the address with one slip of the keyboard before the ``@``: valid, and another one.

    Only two equal letters that change places leave it as it was.
    """
    name, _, domain = email.partition("@")
    place = dice.below(len(name) - 1)
    before, first, second, after = name[:place], name[place], name[place + 1], name[place + 2 :]
    slips = (
        f"{before}{second}{first}{after}",
        f"{before}{first}{after}",
        f"{before}{first}{first}{second}{after}",
    )
    slip = dice.pick(slips)
    return f"{slip}@{domain}" if _is_name(slip) else f"{name}{name[-1]}@{domain}"


def restyled(email: str, dice: Dice) -> str:
    """Return the same address as another person might type it: in capitals, or with white space around it."""
    name, _, domain = email.partition("@")
    return dice.pick((f"{name.title()}@{domain}", email.upper(), f" {email}", f"{email} "))


def _is_name(text: str) -> bool:
    """Return whether dots stand between letters only, as an address needs them."""
    return bool(text) and ".." not in text and text[0] != "." and text[-1] != "."

"""Mistakes: what happens to an e-mail address between a person and a form.

>>> misspelled("ada.bell@example.com", Dice(3)), restyled("ada.bell@example.com", Dice(1))
('ad.bell@example.com', 'Ada.Bell@example.com')
"""

from resolver.generate.dice import Dice


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

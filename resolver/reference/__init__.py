"""The contract as a short, slow store, written to be read: for people who study rules, and to hold the engine against.

``Reference`` has the engine's commands and questions and gives the same outcomes, facts and errors. It shares no code
with the engine but the words (settings, commands, facts, errors, ids) and normalization, so that an error in one of
the two shows. It looks at every profile for every question and copies its whole state for every command.

Each rule is a function that may be another one:

>>> from resolver import IdentifierConfig, Settings
>>> settings = Settings([IdentifierConfig("phone", limit=2)], ["phone"])
>>> def keep_the_first(values, limit, policy):
...     return (values[:1] + values[1:][-1:], values[1:-1]) if len(values) > limit else (values, values[:0])
>>> store = Reference(settings, split_at_limit=keep_the_first)
>>> ada = store.resolve({"phone": ["1", "2", "3", "4"]}).profile_id
>>> store.values(ada, "phone")
('1', '4')

What one finds where: ``commands`` the nine commands; ``changes`` the steps that they are made of; ``matching`` and
``state`` who is found, and what there is; ``rules`` the rules that may be replaced; ``reading`` times, lists
and values.
"""

from resolver.reference.matching import match_profiles, similar
from resolver.reference.state import Held, Profile, State
from resolver.reference.store import Reference

__all__ = ["Held", "Profile", "Reference", "State", "match_profiles", "similar"]

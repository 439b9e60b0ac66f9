"""People: households that share a landline, firms that share a mailbox, lives in which both change; and their names.

Every domain lies under one that is reserved for examples, so that no mailbox can be anybody's.
"""

from collections import Counter

from resolver.generate.dice import Dice
from resolver.generate.numbers import Numbers
from resolver.names import Milliseconds


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    """
    ada adam alan alice amir amy ana andre anna anton beatriz ben bianca boris bruno carla carlos cecile
    chen chloe clara dana daniel david diego dora edgar elena elif emil emma erik esther eva farid fatima
    felix fiona frank gina goran grace greta hana hans helen hugo ida igor ines irene ivan jack jana javier
    jin joan joel jonas julia kai karim karin kenji klara lars laura lea leo lina louis lucia luka mara
    marco maria marta mateo max maya mehmet mia mila milan mona nadia nina noah nora olga oliver omar oscar
    paula pavel pedro petra priya rafael ravi rita robert rosa ruth sami sara sean simon sofia stefan tara
    theo tomas uma vera victor wanda wei xenia yara yusuf zoe """
)

LAST_NAMES = _words(
    """
    abel acosta adler ahmed aoki baker barros bauer becker bell berg blanc bosch braun brook byrne castro
    chan clark cole conti costa cruz dale dahl diaz duarte dubois eder ellis evans farkas ferrari fischer
    fonseca ford fox fuchs garcia gomez grant gray greco haas hall hansen hart hayes hill hoffman horvath
    hughes ibarra ito jansen jensen jones kang kato kaya keller khan kim klein kovacs kumar lam lang larsen
    leclerc lee lopez lund maier marino martin mendes meyer miller mora moreau moser nagy navarro nielsen
    novak okafor olsen ortiz owen park patel perez petrov pham pinto price quinn ramos reyes ricci rios
    rossi roth rubio ruiz sato schmid silva simon singh smith sousa stone suzuki tanaka torres turner varga
    vega vidal vogel wagner walker wang weber west wolf wood young zhang ziegler """
)

MAIL_DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org")

COMPANIES = _words(
    """
    acorn alder amber anchor arrow aspen atlas aurora beacon birch bluebird bridge canyon cedar cobalt comet
    copper coral crane delta ember falcon fern garnet glacier granite harbor hazel heron indigo iris juniper
    lantern larch lotus lumen maple meadow meridian north oak onyx opal orchard osprey pebble pine prairie
    quartz raven ridge river saffron sequoia slate sparrow spruce summit tamarack thistle timber tulip
    willow """
)

MAILBOXES = ("info", "office", "sales", "contact")

NOT_A_PHONE = ("n/a", "unknown", "none", "555-01", "0000", "call me")
"""What people write where a phone number was asked for; none of them normalizes as one."""

NOT_AN_EMAIL = ("n/a", "unknown", "none", "ada.at.example.com", "no@mail@example.com", "@example.org")
"""The same for e-mail."""


_PEOPLE_PER_COMPANY = 40


class Household:
    """People under one roof: one family name, one landline."""

    __slots__ = ("landline", "last_name", "size")

    def __init__(self, last_name: str, landline: str) -> None:
        self.last_name = last_name
        self.landline = landline
        self.size = 0


class Person:
    """One person as of now; ``ref`` is their latest record, ``known`` the numbers that it shows."""

    __slots__ = (
        "chat", "email", "first_name", "household", "id", "known", "last_name", "loyalty", "mobile", "office",
        "ref", "uses_whatsapp",
    )  # fmt: skip

    def __init__(self, number: int, first_name: str, household: Household, email: str, mobile: str) -> None:
        self.id = f"p{number:06d}"
        self.first_name = first_name
        self.last_name = household.last_name
        self.household = household
        self.email = email
        self.mobile = mobile
        self.office: str | None = None
        self.chat: str | None = None
        self.loyalty: str | None = None
        self.uses_whatsapp = False
        self.ref: str | None = None
        self.known: dict[str, str] = {}

    @property
    def whatsapp(self) -> str:
        """The address at which the person's mobile is reached."""
        return f"whatsapp:{self.mobile}"


class World:
    """Everybody there is, and everything that can happen to them.

    Memory grows with the people, not with what they do.
    """

    __slots__ = ("_born", "_dice", "_mailboxes", "_numbers", "_people")

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._numbers = Numbers(dice)
        self._people: list[Person] = []
        self._mailboxes: Counter[str] = Counter()
        self._born = 0

    def __len__(self) -> int:
        return len(self._people)

    def anybody(self) -> Person:
        """Return one of the people, all alike."""
        return self._dice.pick(self._people)

    def newcomer(self, at: Milliseconds) -> Person:
        """Return a new person, who often lives with somebody already there."""
        dice = self._dice
        household = self._household()
        household.size += 1
        first_name = dice.pick(FIRST_NAMES)
        self._born += 1
        number = self._born
        email = self._mailbox(first_name, household.last_name)
        person = Person(number, first_name, household, email, self._numbers.mobile(at))
        person.uses_whatsapp = dice.chance(0.3)
        if dice.chance(0.4):
            person.chat = f"{first_name}-{number:05d}"
        if dice.chance(0.45):
            person.loyalty = f"L{100_000 + number * 7}"
        if dice.chance(0.1):
            person.office = self._office()
        self._people.append(person)
        return person

    def change_mobile(self, person: Person, at: Milliseconds) -> None:
        """Assign another number to the person; the old one goes to a stranger, months later."""
        self._numbers.give_up(person.mobile, at)
        person.mobile = self._numbers.mobile(at)

    def change_email(self, person: Person) -> None:
        """Assign another mailbox to the person."""
        person.email = self._mailbox(person.first_name, person.last_name)

    def move_out(self, person: Person) -> None:
        """Let the person leave the household for one of their own."""
        person.household.size -= 1
        person.household = Household(person.last_name, self._numbers.landline())
        person.household.size = 1

    def _household(self) -> Household:
        if self._people and self._dice.chance(0.55):
            household = self.anybody().household
            if household.size < 5:
                return household
        return Household(self._dice.pick(LAST_NAMES), self._numbers.landline())

    def _mailbox(self, first_name: str, last_name: str) -> str:
        """Return a mailbox that nobody had before."""
        style = self._dice.below(4)
        name = (
            f"{first_name}.{last_name}",
            f"{first_name}{last_name}",
            f"{first_name[0]}{last_name}",
            first_name,
        )[style]
        self._mailboxes[name] += 1
        taken = self._mailboxes[name]
        return f"{name if taken == 1 else f'{name}{taken + 10}'}@{self._dice.pick(MAIL_DOMAINS)}"

    def _office(self) -> str:
        """Return the mailbox that the people of one firm share."""
        firms = 1 + self._born // _PEOPLE_PER_COMPANY
        firm = self._dice.below(firms)
        round_, name = divmod(firm, len(COMPANIES))
        return f"{MAILBOXES[firm % len(MAILBOXES)]}@{COMPANIES[name]}{round_ or ''}.example.com"

"""Words: the names, places and mailboxes that the invented people are made of.

Every domain lies under one that is reserved for examples, so that no mailbox can be anybody's.
"""


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

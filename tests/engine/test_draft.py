from resolver import Engine, Status
from resolver.decide.draft import Draft


def test_section_8_a_command_that_creates_a_profile_is_created_even_if_that_then_merges() -> None:
    engine = Engine()
    older = engine.resolve({"email": "ada@example.com"}, at=1).profile_id
    assert older is not None
    draft = Draft.of_new_profile(engine._state, "new", 2, 2, [])
    draft.merge([older], "email", (("email", "ada@example.com"),))
    outcome = draft.outcome()
    assert (outcome.status, outcome.profile_id) == (Status.CREATED, older)

from core.access import SCOPES, Role, Scope


def test_only_the_owner_makes_keys_and_every_role_may_something() -> None:
    assert {role for role in Role if Scope.keys_write in SCOPES[role]} == {Role.owner}
    assert SCOPES[Role.owner] == frozenset(Scope)
    assert all(SCOPES[role] for role in Role)

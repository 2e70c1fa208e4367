"""What the stack was last deployed with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from flowguard.errors import TemplateError
from flowguard.lookups import Parameter, ParameterNamed, Stack
from flowguard.model.places import Place
from flowguard.model.questions import AccountState, Lookup, Observed, Present, T
from flowguard.plan.changes import Before
from flowguard.template import Inputs, Source


def deployed_resources(
    text: Observed[str], stack: Observed[Stack], place: Place, account: AccountState
) -> Before:
    """The resources of the deployed template, with the parameters of that deploy.

    None where the template or the stack is not known.
    """
    if not isinstance(text, Present) or not isinstance(stack, Present):
        return None
    deployed = stack.value
    # As previous values: a hidden one (NoEcho) is not known, rather than `****`.
    inputs = Inputs(
        place=place, stack_name=deployed.name, previous=dict(deployed.parameters)
    )
    try:
        source = _read(text.value, f"(deployed stack {deployed.name})")
        return source.resolve(inputs, _Then(account, place, deployed)).resources
    except TemplateError:  # it was deployed, so it is ours that falls short
        return None


@lru_cache(maxsize=8)
def _read(text: str, path: str) -> Source:
    from flowguard.template import cloudformation

    return cloudformation.read_text(text, path)


class _Then(AccountState):
    """The account with the Parameter Store as the deploy saw it."""

    def __init__(self, now: AccountState, place: Place, stack: Stack) -> None:
        written: Mapping[str, str] = dict(stack.parameters)
        super().__init__(
            {
                ParameterNamed(place, written[name]): Present(Parameter("", value))
                for name, value in stack.resolved
                if name in written
            }
        )
        self._now = now

    def get(self, lookup: Lookup[T]) -> Observed[T]:
        """What it was where that is known, else what it is."""
        then = self._answers.get(lookup)
        return self._now.get(lookup) if then is None else then

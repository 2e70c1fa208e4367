"""Small Serverless projects, written and resolved in a test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from flowguard.model.places import Place
from flowguard.model.questions import AccountState, Lookup, Observed, Pending
from flowguard.template import Inputs, Template
from flowguard.template.serverless import read

T = TypeVar("T")
PLACE = Place("123456789012", "eu-west-1")
HEAD = "service: shop\nprovider: {name: aws, region: eu-west-1}\n"


class Answers(AccountState):
    """An account that answers by the question's class and name."""

    def __init__(self, answers: Mapping[tuple[type, str], Any]) -> None:
        super().__init__({})
        self.by_name = answers
        self.asked: list[Lookup[Any]] = []

    def get(self, lookup: Lookup[T]) -> Observed[T]:
        """The answer, or Pending for what was not asked yet."""
        self.asked.append(lookup)
        name = getattr(lookup, "name", "")
        answer: Observed[T] = self.by_name.get((type(lookup), name), Pending())
        return answer


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write a project's files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def resolve(
    folder: Path,
    files: Mapping[str, str],
    account: AccountState | None = None,
    **inputs: Any,
) -> Template:
    """Write a project and resolve its `serverless.yml`."""
    write(folder, files)
    source = read(folder / "serverless.yml", folder)
    return source.resolve(Inputs(PLACE, **inputs), account or AccountState({}))


def custom(
    folder: Path,
    text: str,
    value: str,
    account: AccountState | None = None,
    **inputs: Any,
) -> Any:
    """What `value` resolves to as a property, beside `text` in the configuration."""
    template = resolve(
        folder,
        {
            "serverless.yml": f"{HEAD}{text}\n"
            "resources:\n  Resources:\n    Thing:\n      Type: AWS::SNS::Topic\n"
            f"      Properties:\n        Value: {value}\n"
        },
        account,
        **inputs,
    )
    return template.resources["Thing"].properties["Value"]

"""Fill an embedded account with what a scenario describes.

Everything is made by the calls that would make it on AWS: stacks by
CreateStack and UpdateStack, a failed deletion by a DeleteStack that fails. No
status is painted on. What AWS chooses (drawn names, ids of APIs) is as
described; when something was made is not: it was made now.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flowguard.demo.account_file import DescribedAccount, DescribedStack
from flowguard.demo.contents import Contents
from flowguard.demo.deployed import DeployedTemplates, drawn_names
from flowguard.demo.server import EmbeddedAccount
from flowguard.errors import FlowGuardError

_SETTLE_TIMEOUT = 60.0
_POLL_INTERVAL = 0.02
_THREADS = 8

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """An AWS account, and the project that is deployed to it."""

    account: Path
    """The account's description, a file that `DescribedAccount` reads."""
    project: Path
    """The project's folder."""
    resources: str
    """Where in the project its CloudFormation resources are written."""
    handler: str
    """Where in the project the code of its functions is."""


_FOLDER = Path(__file__).with_name("scenario")

FLOWLOGIC = Scenario(
    account=_FOLDER / "account.yaml",
    project=_FOLDER / "project",
    resources="infra/serverless/resources.yml",
    handler="infra/serverless/dist/handler.js",
)
"""The environment that FlowGuard was made for."""


def seed(
    account: EmbeddedAccount,
    scenario: Scenario = FLOWLOGIC,
    progress: Progress = lambda _: None,
) -> None:
    """Make the scenario in an empty account, telling each step.

    Raises `FlowGuardError` when a description asks for what the account cannot
    be brought to, or AWS's answer is not the one that it takes.
    """
    described = DescribedAccount.read(scenario.account)
    if (described.account_id, described.region) != (account.account_id, account.region):
        raise FlowGuardError(
            f"{scenario.account} describes account {described.account_id} in"
            f" {described.region}, not {account.account_id} in {account.region}",
            help="start the embedded account with that id and region",
        )
    controls = account.controls
    account.control(replace(controls, names=drawn_names(described)))
    try:
        with account.applied():
            _Seeding(described, scenario).run(progress)
    finally:
        account.control(controls)


class _Seeding:
    """One filling of an account."""

    def __init__(self, described: DescribedAccount, scenario: Scenario) -> None:
        import boto3

        self._described = described
        self._cloudformation: Any = boto3.client("cloudformation")
        handler = (scenario.project / scenario.handler).read_text(encoding="utf-8")
        resources = scenario.project / scenario.resources
        self._templates = DeployedTemplates(described, resources, handler)
        self._contents = Contents(described, handler)

    def run(self, progress: Progress) -> None:
        """Make the stacks, then what is in no stack, then the contents."""
        stacks = self._described.stacks
        with ThreadPoolExecutor(_THREADS) as threads:
            for stack in threads.map(self._deploy, stacks):
                progress(f"deployed the stack {stack.name}")
            for made in threads.map(_call, self._contents.tasks()):
                progress(made)
            for stack in threads.map(self._finish, stacks):
                progress(f"the stack {stack.name} is {stack.status}")

    def _deploy(self, stack: DescribedStack) -> DescribedStack:
        """Create a stack, and update it where its status says that it was.

        An update adds all resources but the first to it, as a deploy of the
        Serverless Framework does.
        """
        template = self._templates.template(stack)
        updated = stack.status.startswith("UPDATE_")
        first = dict(list(template["Resources"].items())[:1])
        if updated and template["Resources"] == first:
            raise FlowGuardError(
                f"the stack {stack.name} cannot be updated to have one resource",
                help="give it another one, or the status CREATE_COMPLETE",
            )
        self._cloudformation.create_stack(
            StackName=stack.name,
            TemplateBody=json.dumps({"Resources": first} if updated else template),
        )
        settle(self._cloudformation, stack.name, "CREATE_COMPLETE")
        if updated:
            self._cloudformation.update_stack(
                StackName=stack.name, TemplateBody=json.dumps(template)
            )
            settle(self._cloudformation, stack.name, "UPDATE_COMPLETE")
        return stack

    def _finish(self, stack: DescribedStack) -> DescribedStack:
        """Bring a stack into its status, now that its resources hold something."""
        if stack.status == "DELETE_FAILED":
            self._cloudformation.delete_stack(StackName=stack.name)
        settle(self._cloudformation, stack.name, stack.status)
        return stack


def settle(cloudformation: Any, name: str, status: str) -> None:
    """Wait until a stack moves no more; `FlowGuardError` unless it has that status."""
    deadline = time.monotonic() + _SETTLE_TIMEOUT
    found = ""
    while time.monotonic() < deadline:
        found = cloudformation.describe_stacks(StackName=name)["Stacks"][0][
            "StackStatus"
        ]
        if not found.endswith("_IN_PROGRESS"):
            break
        time.sleep(_POLL_INTERVAL)
    if found != status:
        raise FlowGuardError(
            f"the stack {name} is {found}, where the scenario wants {status}",
            help="look at its events with"
            f" `aws cloudformation describe-stack-events --stack-name {name}`",
        )


def _call(task: Callable[[], str]) -> str:
    return task()

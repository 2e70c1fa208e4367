"""Know before you deploy: predict how a deploy of a CloudFormation stack would fail.

What the command line does, from Python; without AWS in this example:

>>> import pathlib, tempfile
>>> import flowguard
>>> file = pathlib.Path(tempfile.mkdtemp(), "template.yaml")
>>> _ = file.write_text("Resources: {Users: {Type: 'AWS::DynamoDB::Table'}}")
>>> report = flowguard.preflight(file, stack_name="app-dev", offline=True)
>>> report.verdict
<Verdict.PASS: 'pass'>
>>> [finding.rule_id for finding in report.findings]
['stateful-resource-unprotected']

`preflight`, `smoke`, `snapshot`, `verify` and `rollback` are the commands; what they
stand on are `open_template`, `Planner` and `predict`, for rules of your own.
"""

from __future__ import annotations

import sys

from flowguard.version import __version__ as __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from flowguard.aws.observe import Observer as AwsObserver
    from flowguard.aws.session import connect
    from flowguard.errors import FlowGuardError
    from flowguard.library import preflight, rollback, smoke, snapshot, verify
    from flowguard.model.places import Location, Place, Severity
    from flowguard.model.results import Finding, Report, Verdict
    from flowguard.model.snapshot import Snapshot
    from flowguard.plan import Plan, Planner
    from flowguard.prediction import Gate, offline, predict
    from flowguard.rules import BUILTIN, Rule
    from flowguard.template import Inputs, open_template
else:
    ModuleType = type(sys)  # `types` is slow

__all__ = [
    "BUILTIN",
    "AwsObserver",
    "Finding",
    "FlowGuardError",
    "Gate",
    "Inputs",
    "Location",
    "Place",
    "Plan",
    "Planner",
    "Report",
    "Rule",
    "Severity",
    "Snapshot",
    "Verdict",
    "connect",
    "offline",
    "open_template",
    "predict",
    "preflight",
    "rollback",
    "smoke",
    "snapshot",
    "verify",
]

_HOMES = {
    "flowguard.aws.session": ("connect",),
    "flowguard.errors": ("FlowGuardError",),
    "flowguard.library": ("preflight", "rollback", "smoke", "snapshot", "verify"),
    "flowguard.model.places": ("Location", "Place", "Severity"),
    "flowguard.model.results": ("Finding", "Report", "Verdict"),
    "flowguard.model.snapshot": ("Snapshot",),
    "flowguard.plan": ("Plan", "Planner"),
    "flowguard.prediction": ("Gate", "offline", "predict"),
    "flowguard.rules": ("BUILTIN", "Rule"),
    "flowguard.template": ("Inputs", "open_template"),
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for: a start must be quick."""
    from importlib import import_module

    if name == "AwsObserver":
        return import_module("flowguard.aws.observe").Observer
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Package(ModuleType):
    """The package, in which `smoke` and `rollback` are functions and rooms, too.

    Whoever imports of a room names it (`from flowguard.smoke import spec`), and needs
    no attribute; the import system would set one in the place of the function.
    """

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute, but for a room that is called as a function is."""
        if not (isinstance(value, ModuleType) and name in __all__):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

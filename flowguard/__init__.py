"""Know before you deploy: predict how a deploy of a CloudFormation stack would fail.

What the command line does, from Python; without AWS in this example:

>>> import pathlib, tempfile
>>> from datetime import UTC, datetime
>>> from flowguard import Inputs, Place, Planner, offline, open_template
>>> from flowguard.preflight import preflight
>>> folder = pathlib.Path(tempfile.mkdtemp())
>>> file = folder / "template.yaml"
>>> _ = file.write_text("Resources: {Users: {Type: 'AWS::DynamoDB::Table'}}")
>>> inputs = Inputs(place=Place(None, "eu-central-1"), stack_name="app-dev")
>>> planner = Planner(open_template(file, folder), inputs, datetime.now(UTC))
>>> report = preflight(planner, offline)
>>> report.verdict
<Verdict.PASS: 'pass'>
>>> [finding.rule_id for finding in report.findings]
['stateful-resource-unprotected']

With AWS, sign in with `connect()` and give `AwsObserver(aws)` in place of `offline`.
"""

from __future__ import annotations

from flowguard.version import __version__ as __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flowguard.aws.observe import Observer as AwsObserver
    from flowguard.aws.session import connect
    from flowguard.errors import FlowGuardError
    from flowguard.model.places import Location, Place, Severity
    from flowguard.model.results import Finding, Report, Verdict
    from flowguard.plan import Plan, Planner
    from flowguard.preflight import Gate, offline
    from flowguard.rules import BUILTIN, Rule
    from flowguard.template import Inputs, open_template

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
    "Verdict",
    "connect",
    "offline",
    "open_template",
]

_HOMES = {
    "flowguard.aws.session": ("connect",),
    "flowguard.errors": ("FlowGuardError",),
    "flowguard.model.places": ("Location", "Place", "Severity"),
    "flowguard.model.results": ("Finding", "Report", "Verdict"),
    "flowguard.plan": ("Plan", "Planner"),
    "flowguard.preflight": ("Gate", "offline"),
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

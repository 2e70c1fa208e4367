"""What stands behind a `${…}`: outputs, parameters, secrets, variables, the commit."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flowguard import spoken
from flowguard.aws.once import Memory, question
from flowguard.aws.smoke.connection import Answer, Connection
from flowguard.aws.smoke.stack import DeployedStack
from flowguard.errors import ConfigError, did_you_mean
from flowguard.model.questions import Absent, Present, Unknown, UnknownKind
from flowguard.smoke.world import Value

if TYPE_CHECKING:
    from flowguard.aws.session import Aws

SECRET_NAME = re.compile("TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|KEY", re.IGNORECASE)
RESOURCES = "resources."
SOURCES = ("stack", "env", "ssm", "secret", "git", "run")

Git = Callable[[str], str | None]
"""The `sha`, `short` or `branch` of what is checked out; None where nobody knows."""


class OutsideValues:
    """Looks up what comes from outside of the suite, each thing once; thread-safe."""

    def __init__(
        self,
        connection: Connection,
        stack: DeployedStack,
        *,
        environment: Mapping[str, str],
        git: Git,
        run_id: str,
    ) -> None:
        self._connection = connection
        self._stack = stack
        self._environment = environment
        self._git = git
        self._run_id = run_id
        self._known = Memory()

    def __call__(self, source: str, name: str) -> Value | Unknown:
        """The value called `name`; see `flowguard.smoke.world.Values`."""
        found: Value | Unknown = self._known.recall(
            question(source, name), lambda: self._look_up(source, name)
        )
        return found

    def _look_up(self, source: str, name: str) -> Value | Unknown:
        match source:
            case "stack":
                return self._of_stack(name)
            case "env":
                return self._of_environment(name)
            case "ssm":
                return self._parameter(name)
            case "secret":
                return self._secret(name)
            case "git":
                return self._of_git(name)
            case "run" if name == "id":
                return Value(self._run_id)
        reference = f"${{{source}.{name}}}"
        near = did_you_mean(source, SOURCES)
        raise ConfigError(
            f"{reference} is nothing that a spec can name{near}",
            help=f"name one of {', '.join(SOURCES[:-1])}, or run.id",
        )

    # -- the stack ---------------------------------------------------------------

    def _of_stack(self, name: str) -> Value | Unknown:
        if not self._stack.name:
            raise ConfigError(
                f"${{stack.{name}}} is asked for, and no stack is named",
                help=f"give {spoken.option('stack-name', 'NAME')}",
            )
        stack = self._stack.described()
        if isinstance(stack, Unknown):
            return stack
        if isinstance(stack, Absent):
            raise ConfigError(
                f"${{stack.{name}}}: there is no stack called {self._stack.name!r}",
                help=f"check {spoken.option('stack-name')} and {spoken.option('region')}, "
                "or deploy it first",
            )
        if name.startswith(RESOURCES):
            return self._resource(name.removeprefix(RESOURCES))
        outputs = {key: value for key, value, _export in stack.value.outputs}
        if name in outputs:
            return Value(outputs[name])
        raise ConfigError(
            f"stack {self._stack.name!r} has no output {name!r}"
            + did_you_mean(name, outputs),
            help=f"add it to Outputs, or name a resource: ${{stack.{RESOURCES}NAME}}",
        )

    def _resource(self, logical_id: str) -> Value | Unknown:
        found = self._stack.resource(logical_id)
        if isinstance(found, Present):
            return Value(found.value.physical_id)
        if isinstance(found, Unknown):
            return found
        raise ConfigError(
            f"stack {self._stack.name!r} has no resource {logical_id!r}",
            help="name one by its logical id",
        )

    # -- AWS's stores ------------------------------------------------------------

    def _parameter(self, name: str) -> Value | Unknown:
        # The one place where a parameter is decrypted: the spec names it.
        def ask(aws: Aws) -> Value:
            answer = aws.call("ssm", "get_parameter", Name=name, WithDecryption=True)
            row = answer["Parameter"]
            return Value(str(row["Value"]), secret=row["Type"] == "SecureString")

        found = self._connection.observed(
            ask,
            absent={"ParameterNotFound", "ParameterVersionNotFound"},
            permission="ssm:GetParameter",
        )
        return _there(
            found,
            f"there is no parameter {name!r} in SSM",
            f"put it there (aws ssm put-parameter --name {name}), or correct the name",
        )

    def _secret(self, name: str) -> Value | Unknown:
        """A secret, or the value of a key in one that is JSON.

        Names may hold dots: `a.b` is the key `b` of the secret `a`, or else the
        secret `a.b`.
        """
        outer, _, key = name.rpartition(".")
        if not outer:
            return _there(self._read(name), *_no_secret(name))
        holder = self._read(outer)
        if isinstance(holder, Present):
            return _field(holder.value.text, outer, key)
        whole = self._read(name)
        if isinstance(whole, Present):
            return whole.value
        if isinstance(holder, Unknown):
            return holder
        return _there(whole, *_no_secret(outer))

    def _read(self, name: str) -> Answer[Value]:
        def ask(aws: Aws) -> Value | None:
            answer = aws.call("secretsmanager", "get_secret_value", SecretId=name)
            text = answer.get("SecretString")
            return None if text is None else Value(str(text), secret=True)

        return self._connection.observed(
            ask,
            absent={"ResourceNotFoundException"},
            permission="secretsmanager:GetSecretValue",
        )

    # -- the run -----------------------------------------------------------------

    def _of_environment(self, name: str) -> Value:
        if name in self._environment:
            secret = bool(SECRET_NAME.search(name))
            return Value(self._environment[name], secret=secret)
        near = did_you_mean(name, self._environment)
        raise ConfigError(
            f"the environment variable {name!r} is not set{near}",
            help=f"set it: in a workflow, env: {{{name}: …}} of the step",
        )

    def _of_git(self, name: str) -> Value | Unknown:
        if name not in {"sha", "short", "branch"}:
            raise ConfigError(
                f"${{git.{name}}} is nothing that git has",
                help="name git.sha, git.short or git.branch",
            )
        found = self._git(name)
        if found is None:
            return Unknown(UnknownKind.UNSUPPORTED, f"nobody knows the git {name}")
        return Value(found)


def _there(found: Answer[Value], missing: str, help: str) -> Value | Unknown:
    if isinstance(found, Present):
        return found.value
    if isinstance(found, Unknown):
        return found
    raise ConfigError(missing, help=help)


def _no_secret(name: str) -> tuple[str, str]:
    return (
        f"there is no secret {name!r} with a text in Secrets Manager",
        "make it there, or correct the name",
    )


def _field(text: str, name: str, key: str) -> Value:
    """The value of a key of a secret; no error says what it holds."""
    document: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        document = json.loads(text)
    if not isinstance(document, dict):
        raise ConfigError(
            f"the secret {name!r} is no JSON object, so that it has no key {key!r}",
            help=f"name it whole: ${{secret.{name}}}",
        )
    if key not in document:
        raise ConfigError(
            f"the secret {name!r} has no key {key!r}{did_you_mean(key, document)}",
            help="name one of its keys",
        )
    value = document[key]
    return Value(value if isinstance(value, str) else json.dumps(value), secret=True)

"""The sources of variables: each answers `${type(params):address}`.

Their behaviour is that of osls 4 and serverless 3 (lib/configuration/variables/
sources). What only a deploy or a plugin can know is `Unresolved`; the value of a
SecureString is never asked for.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from flowguard.errors import TemplateError
from flowguard.lookups import ParameterNamed, SecretNamed, StackNamed
from flowguard.model import hidden
from flowguard.model.changes import Reference
from flowguard.model.places import Location, Place
from flowguard.model.questions import Absent as Missing
from flowguard.model.questions import (
    AccountState,
    Lookup,
    Observed,
    Present,
    UnknownKind,
    Unresolved,
)
from flowguard.template.document import Node
from flowguard.template.inputs import Inputs
from flowguard.template.serverless import secrecy
from flowguard.template.serverless.files import CODE, DATA, Files
from flowguard.template.serverless.variables import Question, Resolver, Source

T = TypeVar("T")

SECRET = "is secret and is not read"  # noqa: S105 — words
"""How the reason ends for which a secret is not resolved."""
DEFAULT_STAGE = "dev"
DEFAULT_REGION = "us-east-1"
_SECRET = "/aws/reference/secretsmanager/"  # noqa: S105 — a path, no secret
_LEGACY_SUFFIX = re.compile(r"~(true|false|split)$")
_STAGE = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources that know the service, the inputs and the account."""

    files: Files
    inputs: Inputs
    account: AccountState
    environment: Mapping[str, str]
    lenient: bool = False
    """Whether a variable that is missing or empty, or a raw file that is missing, has a
    value all the same: one that is not known, of what was compiled where it was there."""

    def table(self) -> dict[str, Source]:
        """Every source by its type."""
        return {
            "aws": self._aws,
            "cf": self._cf,
            "env": self._env,
            "file": self._file,
            "opt": self._opt,
            "param": self._param,
            "s3": self._s3,
            "self": self._self,
            "sls": self._sls,
            "ssm": self._ssm,
            "strToBool": self._str_to_bool,
        }

    # --- the configuration itself ------------------------------------------

    def _self(self, question: Question) -> Node | None:
        address = hidden.real(question.address)
        keys = address.split(".") if address else []
        resolver = question.resolver
        found = resolver.follow(resolver.root, keys)
        return _here(found, question)

    def _file(self, question: Question) -> Node | None:
        if not question.param(0):
            raise TemplateError("${file()} names no file", location=question.at)
        named = hidden.real(question.param(0))
        files, path = self.files, self.files.locate(named)
        if not files.allows(path):
            return question.unknown("the file lies outside the repository")
        missing = not path.is_file()
        if files.is_secret(path):
            return (
                _no_file(question)
                if missing and not self.lenient
                else _unread(
                    question, "the file is one for secrets, which are not read"
                )
            )
        if path.suffix in CODE and not missing:
            files.depends_on(path)
            return question.unknown("what a program returns is not known beforehand")
        content = self._content(question, path)
        if content is None and missing:
            return _no_file(question)
        if content is None or missing or not question.address:
            return content if path.suffix in DATA else _here(content, question)
        keys = hidden.real(question.address).split(".")
        return _here(question.resolver.follow(content, keys), question)

    def _content(self, question: Question, path: pathlib.Path) -> Node | None:
        """What a file of the project holds; None where that is nothing."""
        if not secrecy.is_hidden(path):
            return self.files.read(path)
        found = self.files.hidden(path, question.param(0))
        if found is None and self.lenient and not path.is_file():
            written = f"${{file({question.param(0)})}}"
            return question.answer(hidden.hide(hidden.UNKNOWN, written))
        return found

    def _opt(self, question: Question) -> Node | None:
        options: dict[str, str | None] = {
            "stage": self.inputs.stage,
            "region": self.inputs.region,
        }
        given = {key: value for key, value in options.items() if value is not None}
        if question.address:
            value = given.get(question.address)
            return None if value is None else question.answer(value)
        nodes = {key: Node(value, question.at) for key, value in given.items()}
        return Node(nodes, question.at, dict.fromkeys(nodes, question.at))

    def _env(self, question: Question) -> Node | None:
        name = hidden.real(question.address)
        value = self.environment.get(name)
        shown = secrecy.is_shown(name, self.inputs.shown)
        if not value and self.lenient:  # a job without a secret has it as ""
            if shown:
                return question.unknown("the variable is not set here")
            value = hidden.UNKNOWN
        if value is None or shown:
            return None if value is None else question.answer(value)
        if value == secrecy.NOT_SHOWN:
            return _unread(question, "the variable holds the job's own credentials")
        return question.answer(hidden.hide(value, f"${{env:{question.address}}}"))

    def _param(self, question: Question) -> Node | None:
        name = hidden.real(question.address)
        given = self.inputs.parameters.get(name)
        if given is not None:
            return question.answer(given)
        stage = self.stage(question.resolver, question.at)
        if isinstance(stage.value, Unresolved):
            return stage
        resolver = question.resolver
        for section in (hidden.real(str(stage.value)), "default"):
            # A parameter's name may hold dots: it is a key, not a path. Version 4 of
            # the Serverless Framework keeps parameters under `stages`.
            for keys in (["params", section], ["stages", section, "params"]):
                found = resolver.follow(resolver.root, [*keys, name])
                if found is not None and found.value is not None:
                    return _here(found, question)
        return None

    def _sls(self, question: Question) -> Node | None:
        if question.address == "stage":
            return self.stage(question.resolver, question.at)
        if question.address == "instanceId":
            return question.unknown(
                "each run of the framework has its own", UnknownKind.KNOWN_AFTER_DEPLOY
            )
        raise TemplateError(
            f"{question.expression}: the source sls has no such value",
            help="use sls:stage or sls:instanceId",
            location=question.at,
        )

    def _str_to_bool(self, question: Question) -> Node | None:
        word = hidden.real(question.param(0)).strip().lower()
        if word not in {"true", "1", "false", "0"}:
            raise TemplateError(
                f"{question.expression} is neither true nor false",
                help='give "true", "false", "1" or "0"',
                location=question.at,
            )
        return question.answer(word in {"true", "1"})

    # --- the stage and the region ------------------------------------------

    def stage(self, resolver: Resolver, at: Location) -> Node:
        """The stage that is deployed to, as the framework works it out.

        Raises `TemplateError` for one that it refuses.
        """
        found = _provided(resolver, at, self.inputs.stage, "stage") or Node(
            DEFAULT_STAGE, at
        )
        if isinstance(found.value, str) and secrecy.is_stage(found.value):
            # What a stage is called is told to everybody in the name of each stack.
            found = Node(hidden.real(found.value), found.location)
        name = found.value
        if not isinstance(name, Unresolved) and not _is_stage(name):
            raise TemplateError(
                f"{name!r} is no stage: only letters, digits and hyphens are",
                help="rename the stage",
                location=found.location,
            )
        return found

    def region(self, resolver: Resolver, at: Location) -> Node:
        """The region that is deployed to, as the framework works it out."""
        given = _provided(resolver, at, self.inputs.region, "region")
        if given is None or not given.text or not hidden.is_hidden(given.text):
            return given or Node(DEFAULT_REGION, at)
        if not secrecy.is_region(given.text):
            raise TemplateError(
                f"what {given.text} says is no region of AWS",
                help="let it name one, such as eu-central-1",
                location=given.location,
            )
        # Where a stack is, is told to everybody.
        return Node(hidden.real(given.text), given.location)

    # --- AWS -----------------------------------------------------------------

    def _aws(self, question: Question) -> Node | None:
        if question.address == "region":
            return self.region(question.resolver, question.at)
        if question.address != "accountId":
            raise TemplateError(
                f"{question.expression}: the source aws has no such value",
                help="use aws:accountId or aws:region",
                location=question.at,
            )
        account_id = self.inputs.place.account_id
        if account_id is None:
            return question.unknown("AWS was not asked")
        return question.answer(account_id)

    def _ssm(self, question: Question) -> Node | None:
        words = [question.param(index) for index in range(len(question.params))]
        place = self._place(question, [w for w in words if w not in _SSM_WORDS])
        name = _LEGACY_SUFFIX.sub("", question.address)
        if name.startswith(_SECRET):
            secret = SecretNamed(place, name.removeprefix(_SECRET))
            return self._secret(question, self._look_up(question, secret), secret)
        lookup = ParameterNamed(place, name)
        observed = self._look_up(question, lookup)
        if not isinstance(observed, Present):
            return self._not_there(question, observed, lookup)
        parameter = observed.value
        if parameter.value is None:
            return self._secret(question, observed, lookup)
        if parameter.type == "StringList" and "raw" not in words:
            items = [Node(item, question.at) for item in parameter.value.split(",")]
            return Node(list(items), question.at)
        return question.answer(parameter.value)

    def _cf(self, question: Question) -> Node | None:
        stack, dot, output = question.address.partition(".")
        if not dot and hidden.is_hidden(stack):
            return _unread(question, "which stack and which output is not shown")
        if not dot:
            raise TemplateError(
                f"{question.expression} names no output",
                help="write ${cf:stack-name.OutputKey}",
                location=question.at,
            )
        lookup = StackNamed(self._place(question, [question.param(0)]), stack)
        observed = self._look_up(question, lookup)
        if not isinstance(observed, Present):
            return self._not_there(question, observed, lookup)
        for key, value, _ in observed.value.outputs:
            if key == output:
                return question.answer(value)
        if not question.last:
            return None
        return question.unknown(f"the stack {stack} has no output {output}")

    def _s3(self, question: Question) -> Node | None:
        return question.unknown("objects in S3 are not read before a deploy")

    def _place(self, question: Question, regions: list[str]) -> Place:
        named = next((region for region in regions if region), "")
        region = named or str(self.region(question.resolver, question.at).value)
        return Place(self.inputs.place.account_id, region)

    def _look_up(self, question: Question, lookup: Lookup[T]) -> Observed[T]:
        """Ask the account; where no fallback follows, it is on the record."""
        if question.last:
            reference = Reference(question.expression, lookup, question.at)
            if reference not in question.resolver.references:
                question.resolver.references.append(reference)
        return self.account.get(lookup)

    def _not_there(
        self, question: Question, observed: Observed[object], lookup: Lookup[object]
    ) -> Node | None:
        """What a question without a present answer leads to."""
        if isinstance(observed, Missing):
            # Without a fallback the deploy fails. That is for a rule to say, which
            # reads the reference; here it is a value that nobody knows.
            return question.unknown(f"no {lookup} exists") if question.last else None
        if isinstance(observed, Present):
            return None
        return question.answer(Unresolved(question.expression, question.at, observed))

    def _secret(
        self, question: Question, observed: Observed[object], lookup: Lookup[object]
    ) -> Node | None:
        if not isinstance(observed, Present):
            return self._not_there(question, observed, lookup)
        return question.unknown(f"{lookup} {SECRET}", UnknownKind.KNOWN_AFTER_DEPLOY)


_SSM_WORDS = {"raw", "noDecrypt", ""}


def _unread(question: Question, why: str) -> Node:
    return question.unknown(why, UnknownKind.NOT_LOOKED_INTO)


def _no_file(question: Question) -> Node | None:
    """Leave it to the fallback. Raises `TemplateError` where there is none."""
    if question.last:
        raise TemplateError(
            f"cannot resolve {question.expression}: there is no file "
            f"{question.param(0)}",
            help="create the file, or give a fallback: ${file(…), 'value'}",
            location=question.at,
        )
    return None


def _provided(
    resolver: Resolver, at: Location, option: str | None, key: str
) -> Node | None:
    """What the command line says, or else the provider."""
    if option:
        return Node(option, at)
    found = resolver.follow(resolver.root, ["provider", key])
    return found if found is not None and found.value else None


def _is_stage(name: object) -> bool:
    return isinstance(name, str) and _STAGE.fullmatch(hidden.real(name)) is not None


def _here(found: Node | None, question: Question) -> Node | None:
    """A scalar takes the place where it is used; a subtree keeps its own."""
    if found is None or isinstance(found.value, dict | list):
        return found
    if isinstance(found.value, Unresolved):
        return found
    return question.answer(found.value)

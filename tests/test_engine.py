"""The loop of questions and answers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from flowguard.engine import MAX_ROUNDS, Policy, run
from flowguard.lookups import ParameterNamed, StackNamed, StacksIn
from flowguard.model.changes import Ignore
from flowguard.model.places import Location, Place, Severity
from flowguard.model.questions import (
    Absent,
    AccountState,
    Lookup,
    Observed,
    Present,
    Unknown,
    UnknownKind,
    Unresolved,
)
from flowguard.model.results import (
    Coverage,
    Finding,
    NotLookedInto,
    Outcome,
    RuleResult,
)
from flowguard.rules import Rule

PLACE = Place("123456789012", "eu-central-1")
HERE = Location("template.yaml", 7, 3)
DENIED = Unknown(UnknownKind.DENIED, "AccessDenied", "ssm:GetParameters")
LATER = Unknown(UnknownKind.KNOWN_AFTER_DEPLOY, "only the deploy will know")


@dataclass(frozen=True)
class Subject:
    """The least that rules can be run over."""

    basis: tuple[Lookup[Any], ...] = ()
    ignores: tuple[Ignore, ...] = ()
    not_looked_into: tuple[NotLookedInto, ...] = ()
    written: object = ()


class Chain(Rule[Subject]):
    """Follows names from one parameter to the next."""

    id = "chain"
    severity = Severity.ERROR
    asks = (ParameterNamed,)

    def check(self, subject: Subject, account: AccountState) -> Iterator[Finding]:
        name: Any = "first"
        while isinstance(found := account.get(ParameterNamed(PLACE, name)), Present):
            name = found.value
        if found == Absent():
            yield self.finding(f"{name} is missing", HERE, help="make it")


class Silent(Rule[Subject]):
    """Asks nothing and finds nothing."""

    id = "silent"
    severity = Severity.INFO

    def check(self, subject: Subject, account: AccountState) -> Iterator[Finding]:
        yield from ()


class Broken(Silent):
    """Has a bug."""

    id = "broken"

    def check(self, subject: Subject, account: AccountState) -> Iterator[Finding]:
        raise ZeroDivisionError("division by zero")


class Sly(Silent):
    """Asks what it did not declare."""

    id = "sly"

    def check(self, subject: Subject, account: AccountState) -> Iterator[Finding]:
        account.get(StacksIn(PLACE))
        yield from ()


class Endless(Silent):
    """Has always another question."""

    id = "endless"
    asks = (ParameterNamed,)

    def check(self, subject: Subject, account: AccountState) -> Iterator[Finding]:
        name = "a"
        while isinstance(account.get(ParameterNamed(PLACE, name)), Present):
            name += "a"
        yield from ()


class Answers:
    """Answers by name, and remembers each round's questions."""

    def __init__(self, answers: Mapping[str, Observed[Any]]) -> None:
        self.answers = answers
        self.rounds: list[set[str]] = []

    def __call__(
        self, lookups: Collection[Lookup[Any]]
    ) -> Mapping[Lookup[Any], Observed[Any]]:
        names = {lookup: getattr(lookup, "name", "") for lookup in lookups}
        self.rounds.append(set(names.values()))
        return {k: self.answers[v] for k, v in names.items() if v in self.answers}


def conclude(
    rules: Collection[Rule[Subject]],
    answers: Mapping[str, Observed[Any]] | None = None,
    subject: Subject = Subject(),
    policies: Mapping[str, Policy] | None = None,
) -> list[RuleResult]:
    """The results of `rules` over a subject that asks nothing itself."""
    found = run(lambda _account: subject, Answers(answers or {}), rules, policies)
    return list(found.results)


def test_answers_lead_to_questions_and_each_is_asked_once() -> None:
    observe = Answers(
        {"first": Present("second"), "second": Present("third"), "third": Absent()}
    )

    found = run(lambda _account: Subject(), observe, [Chain(), Chain()])

    assert observe.rounds == [{"first"}, {"second"}, {"third"}]
    assert [r.findings[0].message for r in found.results] == ["third is missing"] * 2
    assert found.coverage == Coverage(asked=3, answered=3)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Absent(), Outcome.FAILED),
        (DENIED, Outcome.INCONCLUSIVE),
        (Unknown(UnknownKind.THROTTLED, "slow down"), Outcome.INCONCLUSIVE),
        (Unknown(UnknownKind.UNREACHABLE, "no route"), Outcome.INCONCLUSIVE),
        (Unknown(UnknownKind.UNSUPPORTED, "no such call"), Outcome.PASSED),
        (LATER, Outcome.PASSED),
    ],
)
def test_an_unknown_is_never_a_pass_or_a_failure(
    answer: Observed[Any], outcome: Outcome
) -> None:
    (result,) = conclude([Chain()], {"first": answer})

    assert result.outcome is outcome
    assert len(result.unknowns) == isinstance(answer, Unknown)


def test_a_question_that_nobody_answers_is_no_pass_in_silence() -> None:
    (result,) = conclude([Chain()], {})

    assert result.unknowns[0].kind is UnknownKind.UNSUPPORTED


def test_a_question_built_on_an_unresolved_value_is_not_asked() -> None:
    observe = Answers({"first": Present(Unresolved("!GetAtt A.B", HERE, LATER))})

    (result,) = run(lambda _account: Subject(), observe, [Chain()]).results

    assert observe.rounds == [{"first"}]
    assert [u.kind for u in result.unknowns] == [UnknownKind.KNOWN_AFTER_DEPLOY]


def test_a_broken_rule_is_told_of_and_the_others_go_on() -> None:
    broken, sly, chain = conclude([Broken(), Sly(), Chain()], {"first": Absent()})

    assert broken.outcome is sly.outcome is Outcome.CRASHED
    assert broken.error == "ZeroDivisionError: division by zero"
    assert sly.error == "TypeError: asks StacksIn, which it does not declare"
    assert chain.outcome is Outcome.FAILED


def test_a_rule_that_never_ends_is_stopped() -> None:
    always = {"a" * n: Present(1) for n in range(1, 99)}

    (result,) = conclude([Endless()], always)

    assert result.error == f"asked new questions in each of {MAX_ROUNDS} rounds"


def test_what_the_subject_stands_on_counts_for_every_rule_that_asks() -> None:
    basis = (StackNamed(PLACE, "app"),)

    def build(account: AccountState) -> Subject:
        account.get(basis[0])
        return Subject(basis)

    observe = Answers({"app": DENIED, "first": Present("second"), "second": LATER})
    chain, silent = run(build, observe, [Chain(), Silent()]).results

    assert chain.outcome is Outcome.INCONCLUSIVE
    assert silent.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("subject", "policy", "reason"),
    [
        (Subject(ignores=(Ignore(("chain",), "known", HERE),)), Policy(), "known"),
        (Subject(), Policy(ignore=("*",), reason="ours"), "ours"),
        (
            Subject(ignores=(Ignore(("chain",), location=HERE),)),
            Policy(),
            "ignored at template.yaml:7:3",
        ),
        (Subject(ignores=(Ignore(("other",), "no", HERE),)), Policy(), None),
        (
            Subject(ignores=(Ignore(("chain",), "no", Location("template.yaml", 8)),)),
            Policy(),
            None,
        ),
    ],
)
def test_a_suppressed_finding_is_kept_with_its_reason(
    subject: Subject, policy: Policy, reason: str | None
) -> None:
    (result,) = conclude([Chain()], {"first": Absent()}, subject, {"chain": policy})

    assert [s.reason for s in result.suppressed] == ([reason] if reason else [])
    assert result.outcome is (Outcome.PASSED if reason else Outcome.FAILED)


def test_the_configuration_sets_a_severity() -> None:
    policies = {"chain": Policy(severity=Severity.INFO)}
    (result,) = conclude([Chain()], {"first": Absent()}, policies=policies)

    assert result.findings[0].severity is Severity.INFO


def test_a_question_on_which_flowguard_broke_is_a_crash_of_its_rules() -> None:
    broke = Unknown(UnknownKind.BROKEN, "FlowGuard broke: KeyError: 'Table'")
    chain, silent = conclude([Chain(), Silent()], {"first": broke})

    assert chain.outcome is Outcome.CRASHED
    assert chain.error == "FlowGuard broke: KeyError: 'Table'"
    assert silent.outcome is Outcome.PASSED


def test_what_a_rule_could_not_look_into_is_no_pass_of_it() -> None:
    part = NotLookedInto("the value of parameter P", "it takes too long", HERE, "chain")
    subject = Subject(not_looked_into=(part,))
    observe = Answers({"first": Present("second"), "second": LATER})

    found = run(lambda _account: subject, observe, [Chain(), Silent()])
    chain, silent = found.results

    assert (chain.outcome, silent.outcome) == (Outcome.INCONCLUSIVE, Outcome.PASSED)
    assert found.coverage.not_looked_into == (part,)

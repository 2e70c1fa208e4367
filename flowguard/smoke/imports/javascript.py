"""As much of JavaScript as plain tests are written in.

Calls and members of names, literals, functions without arguments, declarations. What
is beyond that is kept as its source, to be told to the user.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flowguard.smoke.imports.javascript_syntax import (
    Assign,
    Beyond,
    Call,
    Chain,
    Comparison,
    Declare,
    Evaluate,
    Expression,
    Function,
    Literal,
    Pattern,
    Statement,
)
from flowguard.smoke.imports.javascript_tokens import (
    REGEX,
    NotUnderstood,
    Token,
    number_of,
    string_of,
    tokens,
)

_MAX_NESTING: Final = 50
_COMPARISONS: Final = ("===", "==", "!==", "!=", "<", "<=", ">", ">=")


def read(source: str) -> tuple[Statement, ...]:
    """The statements of a script."""
    return _Reader(source).statements("")


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = list(tokens(source))
        self._at = 0
        self._depth = 0

    # -- statements ----------------------------------------------------------

    def statements(self, end: str) -> tuple[Statement, ...]:
        """Those up to `end`."""
        found: list[Statement] = []
        while True:
            while self._here.kind == "line" or self._here.text == ";":
                self._at += 1
            if self._here.kind == "end" or self._here.text == end:
                return tuple(found)
            found.append(self._statement())

    def _statement(self) -> Statement:
        start, depth = self._at, self._depth
        try:
            statement = self._plain()
            self._ended()
        except NotUnderstood:
            self._at, self._depth = start, depth
            return Beyond(self._skipped())
        return statement

    def _plain(self) -> Statement:
        start = self._here.start
        if self._here.text in {"const", "let", "var"}:
            self._at += 1
            name = self._name()
            self._expect("=")
            return Declare(name, self._expression())
        value = self._expression()
        if self._here.text == "=" and isinstance(value, Chain):
            self._at += 1
            return Assign(value, self._expression())
        return Evaluate(value, self._source[start : self._tokens[self._at - 1].end])

    def _ended(self) -> None:
        if self._here.kind == "line" or self._here.text in {";", "}", ""}:
            return
        raise NotUnderstood

    def _skipped(self) -> str:
        """The source of a statement, to its end, whatever it holds."""
        start, depth = self._here.start, 0
        end = start
        while self._here.kind != "end":
            text = self._here.text if self._here.kind == "mark" else ""
            if text in {")", "]", "}"} and not depth:
                break
            depth += (text in {"(", "[", "{"}) - (text in {")", "]", "}"})
            if not depth and (
                text == ";" or (self._here.kind == "line" and end > start)
            ):
                break
            end = self._here.end
            self._at += 1
            if not depth and text == "}" and self._next_word() not in {"else", "catch"}:
                break
        if end == start:  # a bracket without its other half
            end = self._here.end
            self._at += 1
        return self._source[start:end]

    def _next_word(self) -> str:
        ahead = (t for t in self._tokens[self._at :] if t.kind != "line")
        return next(ahead).text

    # -- expressions ---------------------------------------------------------

    def _expression(self) -> Expression:
        self._depth += 1
        if self._depth > _MAX_NESTING:
            raise NotUnderstood
        self._lines()
        left = self._operand()
        if self._here.text in _COMPARISONS and self._here.kind == "mark":
            sign = self._take().text
            self._lines()
            left = Comparison(sign, left, self._operand())
        self._depth -= 1
        return left

    def _operand(self) -> Expression:
        token = self._take()
        match token.kind:
            case "string":
                return Literal(string_of(token.text))
            case "number":
                return Literal(number_of(token.text))
            case "regex":
                found = REGEX.fullmatch(token.text)
                return Pattern(found[1], found[2]) if found else Literal(None)
            case "name":
                return self._named(token.text)
            case "mark":
                return self._marked(token.text)
            case _:
                raise NotUnderstood

    def _named(self, name: str) -> Expression:
        words = {"true": True, "false": False, "null": None}
        if name in words:
            return Literal(words[name])
        if name in {"function", "async"}:
            return self._function()
        if name in {"if", "for", "while", "try", "new", "return", "throw", "await"}:
            raise NotUnderstood
        if self._here.text == "=>":
            self._at += 1
            return self._arrow()
        return Chain(name, tuple(self._links()))

    def _marked(self, text: str) -> Expression:
        match text:
            case "-" if self._here.kind == "number":
                return Literal(-number_of(self._take().text))
            case "[":
                return Literal([self._value(item) for item in self._list("]")])
            case "{":
                return Literal(self._object())
            case "(":
                return self._in_brackets()
            case _:
                raise NotUnderstood

    def _in_brackets(self) -> Expression:
        """`() => …`, `(x) => …`, or an expression in brackets."""
        start = self._at
        self._skip_to(")")
        if self._here.text == "=>":
            self._at += 1
            return self._arrow()
        self._at = start
        inner = self._expression()
        self._expect(")")
        if self._here.text in {".", "[", "(", "?."}:
            raise NotUnderstood
        return inner

    def _arrow(self) -> Function:
        if self._here.text == "{":
            return self._body()
        start = self._here.start
        value = self._expression()
        source = self._source[start : self._tokens[self._at - 1].end]
        return Function((Evaluate(value, source),))

    def _function(self) -> Function:
        while self._here.text != "(":
            if self._take().kind not in {"name", "line"}:
                raise NotUnderstood
        self._at += 1
        self._skip_to(")")
        if self._here.text == "=>":
            self._at += 1
            return self._arrow()
        self._lines()
        return self._body()

    def _body(self) -> Function:
        self._expect("{")
        body = self.statements("}")
        self._expect("}")
        return Function(body)

    def _links(self) -> Iterator[str | int | Call]:
        while True:
            start = self._at
            self._lines()
            text = self._here.text
            if text in {".", "?."}:
                self._at += 1
                yield self._name()
            elif text == "[" and start == self._at:
                self._at += 1
                key = self._value(self._expression())
                self._expect("]")
                if isinstance(key, bool) or not isinstance(key, str | int):
                    raise NotUnderstood
                yield key
            elif text == "(" and start == self._at:
                self._at += 1
                yield Call(tuple(self._list(")")))
            else:
                self._at = start
                return

    def _list(self, end: str) -> list[Expression]:
        found: list[Expression] = []
        while True:
            self._lines()
            if self._here.text == end:
                self._at += 1
                return found
            found.append(self._expression())
            self._lines()
            if self._here.text != end:
                self._expect(",")

    def _object(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while True:
            self._lines()
            if self._here.text == "}":
                self._at += 1
                return found
            token = self._take()
            if token.kind not in {"name", "string"}:
                raise NotUnderstood
            key = string_of(token.text) if token.kind == "string" else token.text
            self._expect(":")
            found[key] = self._value(self._expression())
            self._lines()
            if self._here.text != "}":
                self._expect(",")

    def _value(self, expression: Expression) -> Any:
        if not isinstance(expression, Literal):
            raise NotUnderstood
        return expression.value

    # -- tokens --------------------------------------------------------------

    @property
    def _here(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        if token.kind == "end":
            raise NotUnderstood
        self._at += 1
        return token

    def _lines(self) -> None:
        while self._here.kind == "line":
            self._at += 1

    def _expect(self, text: str) -> None:
        self._lines()
        if self._take().text != text:
            raise NotUnderstood

    def _name(self) -> str:
        self._lines()
        token = self._take()
        if token.kind != "name":
            raise NotUnderstood
        return token.text

    def _skip_to(self, end: str) -> None:
        """Over arguments, which are names and commas."""
        while self._here.text != end:
            if self._take().kind not in {"name", "line", "mark"}:
                raise NotUnderstood
        self._at += 1

"""What a plain word of YAML is: a string, a number, a boolean or nothing.

Two readings: YAML 1.1, as CloudFormation reads templates, and YAML 1.2 with the
additions of js-yaml, as the Serverless Framework does. In both, timestamps stay
strings, and so do `.inf` and `.nan`, which no template can use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from flowguard.template.document import Scalar, integer, real

_NUMERIC = frozenset("+-.0123456789")
_WORDS_1_2: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WORDS_1_1: dict[str, Scalar] = {
    **_WORDS_1_2,
    **dict.fromkeys(("yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("no", "No", "NO", "off", "Off", "OFF"), False),
}
_BASED = (
    (re.compile(r"[-+]?0b[01_]*[01]_*"), 2),
    (re.compile(r"[-+]?0x[0-9a-fA-F_]*[0-9a-fA-F]_*"), 16),
)
_OCTAL_1_1 = (re.compile(r"[-+]?0[0-7_]*[0-7]_*"), 8)
_OCTAL_1_2 = (re.compile(r"[-+]?0o[0-7_]*[0-7]_*"), 8)
_DECIMAL_1_1 = (re.compile(r"[-+]?(?:0|[1-9][0-9_]*)"), 10)
_DECIMAL_1_2 = (re.compile(r"[-+]?[0-9][0-9_]*"), 10)
_REAL_1_1 = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?"
)
_REAL_1_2 = re.compile(
    r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"
)
_SEXAGESIMAL = re.compile(r"[-+]?[1-9][0-9_]{0,9}(?::[0-5]?[0-9]){1,9}")

_Patterns = tuple[tuple[re.Pattern[str], int], ...]


def scalar_1_1(text: str) -> Scalar:
    """The value of a plain word in YAML 1.1."""
    if text in _WORDS_1_1:
        return _WORDS_1_1[text]
    if text[0] not in _NUMERIC:
        return text
    if _SEXAGESIMAL.fullmatch(text):
        return _sexagesimal(text)
    patterns = (_DECIMAL_1_1, _OCTAL_1_1, *_BASED)
    return _number(text, patterns, _REAL_1_1)


def scalar_1_2(text: str) -> Scalar:
    """The value of a plain word in YAML 1.2, as js-yaml reads it."""
    if text in _WORDS_1_2:
        return _WORDS_1_2[text]
    if text[0] not in _NUMERIC:
        return text
    return _number(text, (_DECIMAL_1_2, _OCTAL_1_2, *_BASED), _REAL_1_2)


def _number(text: str, integers: _Patterns, reals: re.Pattern[str]) -> Scalar:
    for pattern, base in integers:
        if pattern.fullmatch(text):
            return integer(text.replace("_", ""), base)
    return real(text.replace("_", "")) if reals.fullmatch(text) else text


def _sexagesimal(text: str) -> Scalar:
    """Numbers to the base of 60: `1:30` is 90."""
    value = 0
    for part in text.lstrip("+-").replace("_", "").split(":"):
        value = value * 60 + int(part)
    return -value if text.startswith("-") else value


SCALARS: Mapping[str, Callable[[str], Scalar]] = {"1.1": scalar_1_1, "1.2": scalar_1_2}
"""By YAML's version."""

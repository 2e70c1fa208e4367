"""What a deploy command was given: its template, its parameters, its folder.

Read from the guarded command's own words and from `samconfig.toml`, where SAM keeps
them. What cannot be told for certain is left out: it is then not compared.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowguard.errors import TemplateError
from flowguard.release.digests import inside
from flowguard.template.files import read_file

SAM_CONFIG = "samconfig.toml"
OVERRIDES = ("--parameter-overrides", "--parameters")
TEMPLATES = ("--template-file", "--template-body", "--template", "-t")
FOLDERS = ("--package", "-p", "--app", "-a", "--output", "-o")
"""Options of osls and of the CDK that say where their output lies."""
TOOLS: Mapping[str, str] = {
    "aws": "template",
    "cdk": "cdk",
    "osls": "serverless",
    "sam": "template",
    "serverless": "serverless",
    "sls": "serverless",
}
"""Programs that deploy, and what they deploy from."""
_SHELLS = frozenset({"bash", "dash", "sh", "zsh"})
_PAIR = re.compile(r"[A-Za-z0-9:_-]+=.*", re.DOTALL)
_LONG = re.compile(
    r"ParameterKey=(?P<key>[^,]+),ParameterValue=(?P<value>.*)", re.DOTALL
)
_QUOTES = "'\""


@dataclass(frozen=True, slots=True)
class Given:
    """What is known of it."""

    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    templates: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


def words(argv: Sequence[str]) -> tuple[str, ...]:
    """A command's words, and those of the script that a shell is given with `-c`."""
    found: list[str] = []
    is_shell = bool(argv) and Path(argv[0]).name in _SHELLS
    for before, word in zip(("", *argv), argv, strict=False):
        if is_shell and re.fullmatch(r"-[a-z]*c", before):
            with suppress(ValueError):
                lexer = shlex.shlex(word, posix=True, punctuation_chars=True)
                lexer.whitespace_split = True
                found.extend(lexer)
        else:
            found.append(word)
    return tuple(found)


def tools(argv: Iterable[str]) -> frozenset[str]:
    """What a command deploys from, by the programs in it; empty where none is known."""
    return frozenset(TOOLS[name] for word in argv if (name := Path(word).name) in TOOLS)


def by_command(argv: Sequence[str], folder: Path, stack_name: str) -> Given:
    """What a command's words say; files that they name are looked for in `folder`."""
    options = [*_options(argv)]
    overrides = [word for name, word in options if name in OVERRIDES]
    # The AWS CLI takes a word for one parameter, SAM may take it for several.
    opened = _opened(overrides, folder, parted=not _is_run(argv, {"aws"}))
    return Given(
        dict(_pairs(opened, stack_name)),
        tuple(_local(word) for name, word in options if name in TEMPLATES),
        tuple(word for name, word in options if name in FOLDERS),
    )


def by_samconfig(folder: Path, argv: Sequence[str], stack_name: str) -> Given:
    """What `samconfig.toml` says of the deploy of that stack; nothing where the command
    is another tool's, or the file says nothing that can be read."""
    if tools(argv) and not _is_run(argv, {"sam"}):
        return Given()
    config = _toml(folder)
    named = dict(_options(argv)).get("--config-env", "")
    for name in [named] if named else sorted(config, key=lambda key: key != "default"):
        settings = _deploy(config.get(name))
        stack = settings.get("stack_name", "")
        if stack == stack_name or (not stack and (named or name == "default")):
            words = _words(settings.get("parameter_overrides", ()))
            template = settings.get("template_file") or settings.get("template")
            templates = (template,) if isinstance(template, str) else ()
            return Given(dict(_pairs(words, stack_name)), templates)
    return Given()


def _is_run(argv: Iterable[str], tools: Collection[str]) -> bool:
    return any(Path(word).name in tools for word in argv)


def _options(argv: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each option with each of its words: `--a b c` gives b and c, `--a=b` gives b."""
    name = ""
    for word in argv:
        if word.startswith("-") and len(word) > 1:
            name, equals, value = word.partition("=")
            if equals:
                yield name, value
        elif name:
            yield name, word


def _local(word: str) -> str:
    return word.removeprefix("file://")


def _opened(words: Iterable[str], folder: Path, *, parted: bool) -> list[str]:
    """Words, and those of the file that one of them is."""
    found: list[str] = []
    for word in words:
        if word.startswith("file://"):
            found.extend(_of_file(_local(word), folder))
        else:
            found.extend(_words(word) if parted else [word])
    return found


def _of_file(name: str, folder: Path) -> list[str]:
    path = inside(folder, folder / name)
    try:
        content = json.loads(read_file(path, name)) if path else []
    except (TemplateError, ValueError, RecursionError):
        return []
    if isinstance(content, dict):
        content = content.get("Parameters", content)
    if isinstance(content, dict):
        return [f"{key}={value}" for key, value in content.items()]
    found = []
    for row in content if isinstance(content, list) else ():
        match row:
            case {"ParameterKey": str(key), "ParameterValue": str(value)}:
                found.append(f"{key}={value}")
            case str():
                found.append(row)
            case _:
                pass
    return found


def _words(value: Any) -> list[str]:
    """The words of one text, or of a list of them, as a shell parts them."""
    if isinstance(value, str):
        if _PAIR.fullmatch(value) and not re.search(r"\s[A-Za-z0-9:_-]+=", value):
            return [value]  # a value may have spaces
        try:
            return shlex.split(value)
        except ValueError:
            return []
    if isinstance(value, list | tuple):
        return [word for item in value for word in _words(item)]
    return []


def _pairs(words: Iterable[str], stack_name: str) -> Iterator[tuple[str, str]]:
    """Names and values; the CDK may name the stack that one is for."""
    for word in words:
        if long := _LONG.fullmatch(word):
            yield long["key"], _bare(long["value"].replace("\\,", ","))
        elif _PAIR.fullmatch(word) and "UsePreviousValue" not in word:
            name, _, value = word.partition("=")
            stack, _, key = name.rpartition(":")
            if not stack or stack == stack_name:
                yield key, _bare(value)


def _bare(value: str) -> str:
    """A value without the quotes that SAM lets stand around it."""
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in _QUOTES
    return value[1:-1] if quoted else value


def _toml(folder: Path) -> Mapping[str, Any]:
    path = inside(folder, folder / SAM_CONFIG)
    if path is None or not path.is_file():
        return {}
    try:
        return tomllib.loads(read_file(path, SAM_CONFIG))
    except (TemplateError, ValueError, RecursionError):
        return {}


def _deploy(environment: Any) -> dict[str, Any]:
    """The settings of `sam deploy`: its own before those for all commands."""
    found: dict[str, Any] = {}
    for command in ("global", "deploy"):
        section = environment.get(command) if isinstance(environment, dict) else None
        settings = section.get("parameters") if isinstance(section, dict) else None
        found |= settings if isinstance(settings, dict) else {}
    return found

"""argv → the settings of a command, and the help that is made of them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from itertools import takewhile
from textwrap import dedent, indent
from typing import Any, NoReturn

from flowguard import spoken
from flowguard.cli.commands import COMMANDS
from flowguard.cli.groups import HEADINGS, Reporting
from flowguard.cli.option import Option, Settings, refuse

EXIT_CODES = """\
exit codes:
  0  go: nothing was found that blocks; smoke tests passed
  1  blocked by a finding; smoke tests failed
  2  FlowGuard could not do its job (usage, configuration, template, credentials)
  3  could not tell (preflight: under --strict alone)
  4  smoke tests failed; rolled back and verified
  5  the rollback failed or could not be verified: a person must act now
"""
_DESCRIPTION = """\
Know before you deploy: predict how a deploy of a CloudFormation
stack would fail, from the template and the live account. Afterwards: test the
service against what it did before, and take a bad release back."""
_EPILOG = f"""\
start with: flowguard demo   (needs no AWS account)
then:       flowguard preflight --stage staging

{EXIT_CODES}"""
HELP, VERSION = ("-h", "--help"), ("-V", "--version")


def show_help(argv: Sequence[str]) -> int | None:
    """Print the help that argv asks for; the exit code, or None where it asks for none."""
    name = argv[0] if argv else ""
    if not name or name in HELP:
        _overview().print_help()
        return 0 if name else 2
    asked = not {*HELP}.isdisjoint(takewhile(lambda word: word != "--", argv))
    if name not in COMMANDS or not asked:
        return None
    parser(COMMANDS[name], is_shown=True).print_help()
    return 0


def parse(argv: Sequence[str]) -> Settings:
    """The command that argv names, told what argv says; raises `UsageError`."""
    name, *given = argv
    if name not in COMMANDS:
        known = (*HELP, *VERSION) if name.startswith("-") else COMMANDS
        what = "option" if name.startswith("-") else "command"
        refuse(
            f"there is no {what} {name!r}",
            word=name,
            known=known,
            help="flowguard --help lists the commands",
        )
    kind = COMMANDS[name]
    found, left = parser(kind).parse_known_args(given)
    if left:
        word = left[0].partition("=")[0]
        refuse(
            f"flowguard {name} does not know {word!r}",
            word=word,
            known=[f"--{o.key}" for o in kind.options.values() if not o.is_argument],
            help=f"flowguard {name} --help lists what it knows",
        )
    said = {k: v for k, v in vars(found).items() if v is not None}
    return told(kind, {k: v if isinstance(v, list) else [v] for k, v in said.items()})


def told(kind: type[Settings], given: Mapping[str, Sequence[str]]) -> Settings:
    """The settings of a command that is given these texts, by the fields' names.

    Raises `UsageError` for what cannot be.
    """
    options = kind.options
    values = {name: options[name].value(texts) for name, texts in given.items()}
    needed: dict[str, list[Option]] = {}
    for name, option in options.items():
        if option.is_required or option.apart:
            needed.setdefault(option.apart or name, []).append(option)
    for group in needed.values():
        said = [o for o in group if values.get(o.field)]
        if len(said) > 1:
            names = f"{said[0].name} and {said[1].name}"
            refuse(f"{names} exclude each other", help="give one of them")
        if not said and group[0].is_required:
            ways = spoken.either(*((o.key, o.metavar) for o in group))
            what = group[0].metavar if group[0].is_argument else ways
            refuse(f"the command {kind.command()!r} needs {what}")
    return kind(**values)


# --- argparse ----------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Raise what is wrong, for whoever tells it."""
        refuse(message, help=f"see: {self.prog} --help")


def parser(kind: type[Settings], *, is_shown: bool = False) -> argparse.ArgumentParser:
    """The parser of a command, which takes argv apart, or is shown as its help.

    What is required, and what excludes each other, is for `told` to say.
    """
    text, _, examples = f"    {kind.__doc__}".partition("\n\n")
    parts = [dedent(text), indent(dedent(examples).rstrip(), "  ")]
    parts += [EXIT_CODES] * issubclass(kind, Reporting)
    made = _made(f"flowguard {kind.command()}", "\n\n".join(filter(None, parts)))
    places: dict[str, Any] = {"": made}
    for option in ordered(kind):
        if option.group not in places:
            places[option.group] = made.add_argument_group(option.group)
        place = places[option.group]
        if option.apart and is_shown:
            if option.apart not in places:
                places[option.apart] = place.add_mutually_exclusive_group(
                    required=option.is_required
                )
            place = places[option.apart]
        _add(place, option, required=option.is_required and is_shown)
    return made


def ordered(kind: type[Settings]) -> list[Option]:
    """The options of a command, as people read them: by their groups."""
    return sorted(kind.options.values(), key=lambda o: HEADINGS.index(o.group))


def _made(prog: str, description: str) -> _Parser:
    return _Parser(
        prog=prog,
        description=description,
        formatter_class=_formatter,
        allow_abbrev=False,
    )


def _add(place: Any, option: Option, *, required: bool) -> None:
    more: dict[str, Any] = {
        "help": help_of(option).replace("%", "%%"),
        "metavar": option.metavar,
    }
    if option.takes == "switch":
        more = {"help": option.help, "action": "append_const", "const": ""}
    elif not option.is_argument:
        more["action"] = "append"
    if option.is_argument:
        once: int | str = 1 if required else "?"
        nargs = "*" if option.takes == "many" else once
        place.add_argument(option.field, nargs=nargs, **more)
    else:
        required = required and not option.apart
        place.add_argument(
            f"--{option.key}", dest=option.field, required=required, **more
        )


def name_of(option: Option) -> str:
    """An option with what it takes, as people write it."""
    name = "" if option.is_argument else f"--{option.key}"
    return f"{name} {'' if option.takes == 'switch' else option.metavar}".strip()


def help_of(option: Option) -> str:
    """What an option is for, and what holds unless it is given."""
    repeats = option.takes in {"many", "pairs"} and not option.is_argument
    unless = f" (default: {option.unless})" if option.unless else ""
    return f"{option.help}{' (repeatable)' if repeats else unless}"


def _overview() -> argparse.ArgumentParser:
    """The parser of `flowguard --help`."""
    made = _made("flowguard", _DESCRIPTION)
    made.epilog = _EPILOG
    made.add_argument(
        *VERSION, action="store_true", help="show program's version number and exit"
    )
    commands = made.add_subparsers(metavar="COMMAND")
    for name, kind in COMMANDS.items():
        commands.add_parser(name, help=kind.summary, formatter_class=_formatter)
    return made


def _formatter(prog: str) -> argparse.HelpFormatter:
    """argparse's own, without its import of shutil at every start."""
    width = os.environ.get("COLUMNS", "")
    return argparse.RawDescriptionHelpFormatter(
        prog, max_help_position=28, width=int(width) if width.isdecimal() else 88
    )

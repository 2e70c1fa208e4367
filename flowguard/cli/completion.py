"""`flowguard completion SHELL`: what a shell completes a command line with."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.cli.commands import COMMANDS, Completion
from flowguard.cli.option import Option
from flowguard.cli.streams import print_text


def run(settings: Completion) -> int:
    """Print the shell's script and return 0."""
    lines = {"bash": _bash, "zsh": _zsh, "fish": _fish}[settings.shell]()
    print_text("".join(f"{line}\n" for line in lines))
    return 0


def _rows(command: str) -> Iterator[tuple[Option, str]]:
    """The options of a command, each with its name; an argument has none."""
    for option in COMMANDS[command].options.values():
        yield option, "" if option.is_argument else f"--{option.key}"


def _quoted(text: str) -> str:
    return text.replace("'", r"'\''")


def _bash() -> Iterator[str]:
    yield "_flowguard() {"
    yield "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}"
    yield "  local words= files="
    yield '  case "$COMP_CWORD ${COMP_WORDS[1]} $prev" in'
    yield f'    1\\ *) words="{" ".join(COMMANDS)}";;'
    for command in COMMANDS:
        words = ["--help"]
        for option, name in _rows(command):
            words += [name] if name else option.choices
            if name and option.takes != "switch":
                found = "files=1" if option.is_path else ""
                told = (
                    f'words="{" ".join(option.choices)}"' if option.choices else found
                )
                yield f"    *\\ {command}\\ {name}) {told};;"
        yield f'    *\\ {command}\\ *) words="{" ".join(words)}";;'
    yield "  esac"
    yield '  COMPREPLY=($(compgen ${files:+-f} -W "$words" -- "$cur"))'
    yield "}"
    yield "complete -o default -F _flowguard flowguard"


def _zsh() -> Iterator[str]:
    yield "#compdef flowguard"
    yield "_flowguard() {"
    yield "  local -a commands=("
    for command, kind in COMMANDS.items():
        yield f"    '{command}:{_quoted(kind.summary)}'"
    yield "  )"
    yield "  (( CURRENT == 2 )) && { _describe command commands; return }"
    yield "  local command=$words[2]"
    yield "  shift words; (( CURRENT-- ))"
    yield "  case $command in"
    for command in COMMANDS:
        yield f"    {command}) _arguments \\"
        for option, name in _rows(command):
            yield f"      '{_zsh_row(option, name)}' \\"
        yield "      '--help[show the help]';;"
    yield "  esac"
    yield "}"
    yield 'if [[ $funcstack[1] == _flowguard ]]; then _flowguard "$@"'
    yield "else compdef _flowguard flowguard; fi"


def _zsh_row(option: Option, name: str) -> str:
    told = option.help
    for mark in ("\\", "[", "]", ":"):
        told = told.replace(mark, f"\\{mark}")
    told = _quoted(told)
    if option.takes == "switch":
        return f"{name}[{told}]"
    repeats = "*" if option.takes in {"many", "pairs"} else ""
    words = f"({' '.join(option.choices)})" if option.choices else ""
    what = words or ("_files" if option.is_path else "")
    return (
        f"{repeats}{name}[{told}]:value:{what}" if name else f"{repeats}:{told}:{what}"
    )


def _fish() -> Iterator[str]:
    for command, kind in COMMANDS.items():
        told = f"-a {command} -d '{_quoted(kind.summary)}'"
        yield f"complete -c flowguard -n __fish_use_subcommand -f {told}"
        there = f"complete -c flowguard -n '__fish_seen_subcommand_from {command}'"
        for option, name in _rows(command):
            words = f" -a '{' '.join(option.choices)}'" if option.choices else ""
            takes = "" if option.takes == "switch" or not name else " -x"
            if option.is_path:
                takes = " -r -F" if name else " -F"
            key = f" -l {option.key}" if name else ""
            yield f"{there}{key}{takes}{words} -d '{_quoted(option.help)}'"

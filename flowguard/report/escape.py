"""Hostile text made harmless, one function for each edge it can leave by.

Names, messages and file contents come from templates, AWS and tested services.
They may carry terminal escapes, workflow commands of GitHub Actions, markup or
mentions. Each format calls one function here on each such text, once.

Whatever is printed may end up in the log of a GitHub job, whose runner obeys
`::command::` at the start of a line (after white space) and `##[command]`
anywhere in one (actions/runner, `ActionCommand.cs`). So every function disarms
both.
"""

from __future__ import annotations

import re

from flowguard.model.urls import without_credentials

_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for tab and newline
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they reorder what is shown
    "\u2028\u2029"  # line separators, to some
    "\ud800-\udfff\ufeff\ufffe\uffff"  # no characters at all
    "]"
)
_COMMAND_AT_START = re.compile(r"^(\s*)(?=::)", re.MULTILINE)
_LEGACY_COMMAND = re.compile(r"##(?=\[)")


def visible(text: str) -> str:
    """`text` with everything that acts on a terminal shown as an escape.

    The credentials of a URL are not shown, in any format.
    """
    text = without_credentials(text.replace("\r\n", "\n"))
    return _INVISIBLE.sub(_as_escape, text)


def log(text: str) -> str:
    """Text of one or more lines for a terminal or a log."""
    text = _COMMAND_AT_START.sub(r"\1\\", visible(text))
    return _LEGACY_COMMAND.sub(r"##\\", text)


def line(text: str) -> str:
    """Text for one line of a terminal or a log: a line break shows as `\\n`."""
    return log(text.replace("\n", r"\n"))


def clip(text: str, limit: int) -> str:
    """At most `limit` characters of `text`, with a mark where it was cut."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


# --- GitHub's workflow commands ---------------------------------------------


def command_data(text: str) -> str:
    """The message of a workflow command."""
    text = log(text).replace("%", "%25")
    return text.replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """The value of a property of a workflow command."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")


# --- JSON, once it is made ---------------------------------------------------


def json_document(document: str) -> str:
    """A JSON document with the same meaning and nothing that acts on a log.

    Neither `#` nor an invisible character stands outside of JSON's strings.
    """
    document = without_credentials(document)
    return _INVISIBLE.sub(
        lambda match: f"\\u{ord(match[0]):04x}",
        _LEGACY_COMMAND.sub(r"#\\u0023", document),
    )


# --- SARIF -------------------------------------------------------------------

_LINK = re.compile(r"([\[\]])(?=[^\[\]]*\]\(|\()")


def sarif_message(text: str) -> str:
    """The text of a message: what looks like a link is none (SARIF, 3.11.6)."""
    return _LINK.sub(r"\\\1", text)


# --- Markdown ----------------------------------------------------------------

_MARKUP = re.compile(r"([\\`*_\[\]~$])")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"})
# GitHub looks for mentions, issues and addresses after it has rendered the
# Markdown, so that neither a backslash nor an entity hides them. Being code does, and
# can be copied; in a word that cannot be code, a space of no width inside does.
_LINKED = re.compile(
    r"@(?=[\w\\-])|#(?=\d)|\bgh(?=-\d)|:(?=//)|\bwww(?=\.)", re.IGNORECASE
)


# What ends code, a cell of a table or a line of a log.
_NO_CODE = re.compile(r"[`|]|##\[")
_OPENING = "([{<\"'"
_CLOSING = ")]}>\"'.,;:!?"
# What would open a heading, a list or a workflow command.
_LEAD = re.compile(r"^(?:\d+(?=[.)])|(?=[-+#=:]))")
_CODE = re.compile(r"[\w./:@+=,{}()$-]+( [\w./:@+=,{}()$-]+)*")


def markdown(text: str) -> str:
    """Text on a line of Markdown, also in a table: it reads as it is."""
    words = visible(text).split()
    return _LEAD.sub(r"\g<0>\\", " ".join(map(_word, words)))


def _word(word: str) -> str:
    if not _LINKED.search(word):
        return _MARKUP.sub(r"\\\1", word).translate(_ENTITIES)
    if _NO_CODE.search(word):
        text = _MARKUP.sub(r"\\\1", word)
        return _LINKED.sub("\\g<0>\u200b", text).translate(_ENTITIES)
    start = len(word) - len(word.lstrip(_OPENING))
    end = len(word.rstrip(_CLOSING))
    before, after = (
        _MARKUP.sub(r"\\\1", part).translate(_ENTITIES)
        for part in (word[:start], word[end:])
    )
    return f"{before}`{word[start:end]}`{after}"


_CONSOLE = re.compile(
    r"https://(?:[a-z0-9-]+\.)?console"
    r"\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)/[\w./:#?=&%$~*!,;-]+"
)


def markdown_value(text: str) -> str:
    """Text as `markdown` has it; a page of AWS's console is a link."""
    return f"<{text}>" if _CONSOLE.fullmatch(text) else markdown(text)


def markdown_code(text: str) -> str:
    """A name or a place on a line of Markdown, as code where that is safe.

    Inside of code nothing can be escaped, so that other text stays text.
    """
    return f"`{text}`" if _CODE.fullmatch(text) else markdown(text)


def markdown_block(text: str) -> str:
    """Text of several lines as a fenced code block."""
    text = log(text)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _as_escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()

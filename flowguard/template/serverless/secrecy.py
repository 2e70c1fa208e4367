"""What of the outside may be read into a configuration, and what of that is shown.

A pull request decides what `${env:…}` and `${file(…)}` name, and a report tells
everybody what they hold. So a file that is made for secrets is not read, and a value
of the environment or of a raw file is hidden unless its variable is listed.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from flowguard.model import hidden
from flowguard.naming import STAGES
from flowguard.template.document import Node

NOT_SHOWN = "****"
"""What stands for a variable that signs the job in."""
SECRET_FILES = (
    *(".env*", "*.env", "*.pem", "*.key", "*.p8", "*.p12", "*.pfx", "*.jks", "*.ppk"),
    *("*.keystore", "*.kdbx", "*.gpg", "*.asc", "*.age", "*_rsa", "*_ed25519"),
    *(".npmrc", ".netrc", "_netrc", ".pypirc", ".pgpass", ".my.cnf", ".htpasswd"),
    *(".git-credentials", ".gitconfig", ".yarnrc*", ".dockercfg", ".dockerconfigjson"),
    *("credentials", "credentials.*", ".vault-token", "kubeconfig", "*.kubeconfig"),
)
"""Globs of the files that are not read into values, beside `id_*` without an end."""
SECRET_FOLDERS = frozenset(
    (".git", ".ssh", ".aws", ".gnupg", ".docker", ".kube", ".azure")
)
"""Folders of which no file is read into values."""
HIDDEN_FILES = ("*secret*", "*credential*", "*password*", "*.tfstate", "*.tfvars*")
"""Globs of the data files whose values are read and hidden."""
_REGION = re.compile(r"[a-z]{2}(-[a-z]+){1,3}-\d")
_DATA = frozenset({".yml", ".yaml", ".json", ".tfstate"})


def is_secret(path: pathlib.PurePath) -> bool:
    """Whether a file is made for secrets, so that it is not read into values."""
    folders = {part.lower() for part in path.parts}
    key = path.name.lower().startswith("id_") and path.suffix not in _DATA
    return bool(folders & SECRET_FOLDERS) or key or _is_any(path, SECRET_FILES)


def is_hidden(path: pathlib.PurePath) -> bool:
    """Whether what is read from a file is hidden: raw text, and data by its name."""
    return path.suffix not in _DATA or _is_any(path, HIDDEN_FILES)


def _is_any(path: pathlib.PurePath, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(path.name.lower(), glob) for glob in globs)


def is_shown(name: str, shown: Iterable[str]) -> bool:
    """Whether a variable of the environment is among the names and globs `shown`.

    One that is called as a secret is not, whatever a glob takes in.
    """
    listed = any(fnmatchcase(name, glob) for glob in shown)
    return listed and not hidden.is_secret_name(name)


def is_stage(text: str) -> bool:
    """Whether what `text` stands for is a word that everybody calls a stage by."""
    word = hidden.real(text).lower()
    return any(word in words for words in STAGES.values())


def is_region(text: str) -> bool:
    """Whether what `text` stands for has the form of an AWS region's name."""
    return _REGION.fullmatch(hidden.real(text)) is not None


def sealed(node: Node, written: str) -> Node:
    """A data file with each of its texts hidden; `written` is what reads the file.

    A part of a template (`Resources:`, `Type: AWS::…`) is left as it is: it is what
    is deployed, and no store of secrets.
    """
    return node if _is_template(node) else _sealed(node, written, ())


def _is_template(node: Node) -> bool:
    types = [entry.get("Type") for entry in node.mapping.values()]
    own = node.get("Type")
    return bool(
        node.get("Resources")
        or (own and (own.text or "").startswith("AWS::"))
        or any(kind and (kind.text or "").startswith("AWS::") for kind in types)
    )


def _sealed(node: Node, written: str, path: tuple[str, ...]) -> Node:
    value = node.value
    if isinstance(value, dict):
        entries = {k: _sealed(n, written, (*path, k)) for k, n in value.items()}
        return Node(entries, node.location, node.keys, node.tag)
    if isinstance(value, list):
        items = [_sealed(n, written, (*path, str(i))) for i, n in enumerate(value)]
        return Node(items, node.location, tag=node.tag)
    if (
        isinstance(value, bool)
        or value is None
        or not isinstance(value, str | int | float)
    ):
        return node
    read = f"${{{written}{':' if path else ''}{'.'.join(path)}}}"
    return Node(hidden.hide(str(value), read), node.location)

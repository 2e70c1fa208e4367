"""The names that the framework gives: logical ids and physical names.

The facts are osls 4's and serverless 3's lib/plugins/aws/lib/naming.js, which agree.
"""

from __future__ import annotations

import hashlib
import re

from flowguard.model import hidden

VERSION = "LambdaVersion"
"""What comes before the hash in the logical id of a function's version."""

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def upper_first(name: str) -> str:
    """`name` with its first letter in upper case."""
    return name[:1].upper() + name[1:]


def alphanumeric(name: str) -> str:
    """`name` without what a logical id may not hold."""
    return hidden.through(_alphanumeric, name)


def _alphanumeric(name: str) -> str:
    return upper_first(re.sub(r"[^0-9A-Za-z]", "", name))


def resource(name: str) -> str:
    """`name` in a logical id; dashes and underscores are spelt out."""
    return hidden.through(
        lambda text: upper_first(text.replace("-", "Dash").replace("_", "Underscore")),
        name,
    )


def start_case(text: str) -> str:
    """`application/json` → `ApplicationJson`."""
    return hidden.through(
        lambda text: "".join(upper_first(word) for word in _WORD.findall(text)), text
    )


def camel_case(text: str) -> str:
    """`user-created v2` → `userCreatedV2`."""
    return hidden.through(_camel_case, text)


def _camel_case(text: str) -> str:
    words = [word.lower() for word in _WORD.findall(text)]
    return "".join(words[:1] + [upper_first(word) for word in words[1:]])


def path_part(part: str) -> str:
    """A part of a URL's path in a logical id: `{id}` → `IdVar`."""
    return hidden.through(_path_part, part)


def _path_part(part: str) -> str:
    part = re.sub(r"\{(.*)\}", r"\1Var", part.lower().replace("-", "Dash"))
    return _alphanumeric(part)


def path(url_path: str) -> str:
    """A URL's path in a logical id: `users/{id}` → `UsersIdVar`."""
    return "".join(path_part(part) for part in url_path.split("/"))


def function(key: str) -> str:
    """The logical id of a function."""
    return f"{resource(key)}LambdaFunction"


def log_group(key: str) -> str:
    """The logical id of a function's log group."""
    return f"{resource(key)}LogGroup"


def version(key: str) -> str:
    """The logical id of a function's version, without the hash that ends it."""
    return f"{resource(key)}{VERSION}"


def method(resource_name: str, verb: str) -> str:
    """The logical id of a method of the REST API."""
    return f"ApiGatewayMethod{resource_name}{upper_first(verb.lower())}"


def websocket_route(route: str) -> str:
    """The logical id of a route of the WebSocket API."""
    spelt = {"$": "S", "/": "Slash", "-": "Dash", "_": "Underscore", ".": "Period"}
    return hidden.through(
        lambda text: (
            "".join(spelt.get(char, char) for char in text) + "WebsocketsRoute"
        ),
        route,
    )


def hashed(name: str, suffix: str) -> str:
    """A rule's or a target's name that is too long, cut and told apart by a hash."""
    return hidden.through(
        lambda text: f"{text[: 31 - len(suffix)]}{md5(text)}-{suffix}", name
    )


def md5(text: str) -> str:
    """The hash that the framework puts into names."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

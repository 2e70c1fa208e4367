"""Put FlowGuard into the environment that runs this, and make that small and quick.

`python scripts/slim.py PACKAGE` is a step of the Dockerfile. It copies the package's
folder, removes what no code of ours reads, and compiles what is left. What is removed
is missed by a test: tests/acceptance/test_image_features.py uses what is left, and
test_image_aws.py calls every service with it, beside a whole botocore.
"""

from __future__ import annotations

import ast
import compileall
import gzip
import json
import pathlib
import shutil
import sys
import sysconfig
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from py_compile import PycInvalidationMode
from typing import Any

SITE_PACKAGES = pathlib.Path(sysconfig.get_path("purelib"))

SIGN_IN_SERVICES = frozenset({"signin", "sso", "sso-oidc", "sts"})
"""What botocore itself calls to get credentials."""

PARTS_OF_PLUGINS = frozenset({"__init__", "base"})
"""What each of Apprise's plugins is made of."""

UNUSED = (
    "*/benchmarks",
    "*/tests",
    "**/*.[ch]",  # what extensions are compiled from, and type checkers read
    "**/*.p[xy][dix]",
    "apprise/assets",  # pictures, which are named by their address
    "apprise/cli.py",  # alone in importing click
    "apprise/i18n",
    "boto3/data",  # of boto3.resource, which is not used
    "boto3/examples",
    "botocore/data/*/*/examples-1.json",
    "botocore/data/*/*/waiters-2.json",  # its waiters call failed states success
    "click*",
    "markdown_it*",  # rich's, for Markdown on a terminal, which we do not print
    "mdurl*",
    "oauthlib*",  # of Apprise's plugin for Twitter
    "pygments*",  # rich's, for source code, which we do not print
    "requests_oauthlib*",
    "tests",  # of actions-toolkit, installed as a package of that name
)
"""What only documentation and tests of libraries read, or code that we do not use."""


def main(package: pathlib.Path) -> None:
    """Install `package` here, without what it does not use, compiled."""
    shutil.copytree(package, SITE_PACKAGES / package.name)
    named = _strings(package)
    services = [
        path for path in (SITE_PACKAGES / "botocore/data").iterdir() if path.is_dir()
    ]
    keep_named(services, named | SIGN_IN_SERVICES)
    keep_named((SITE_PACKAGES / "apprise/plugins").iterdir(), named | PARTS_OF_PLUGINS)
    for service in SITE_PACKAGES.glob("botocore/data/*/"):
        keep_newest(service)
    for pattern in UNUSED:
        for path in list(SITE_PACKAGES.glob(pattern)):
            _remove(path)
    for model in SITE_PACKAGES.glob("botocore/data/*/*/service-2.json.gz"):
        empty_texts(model)
    mode = PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(SITE_PACKAGES, quiet=1, invalidation_mode=mode):
        sys.exit("not all of it compiles")


def keep_named(parts: Iterable[pathlib.Path], named: AbstractSet[str]) -> None:
    """Remove the parts of a library whose name is not `named`.

    A part is used when a string in the code is its name. That keeps one or two too
    many, and misses none that is called.
    """
    for part in list(parts):
        if part.stem not in named:
            _remove(part)


def keep_newest(service: pathlib.Path) -> None:
    """Remove the old versions of a service's model; they are named by their dates."""
    *old, _newest = sorted(service.iterdir())
    for version in old:
        _remove(version)


def empty_texts(model: pathlib.Path) -> None:
    """Write a service's model anew with empty texts, which were three quarters of it.

    No key goes with its text: botocore reads some without asking whether they are
    there, such as those of S3's client context parameters. What a model says but for
    its texts is the same, whatever the service. Reading it is quicker, too.
    """
    read = json.loads(gzip.decompress(model.read_bytes()))
    text = json.dumps(_with_empty_texts(read), separators=(",", ":"))
    model.write_bytes(gzip.compress(text.encode(), mtime=0))


def _with_empty_texts(value: Any) -> Any:
    """A member of that name is a mapping, and stays as it is."""
    match value:
        case dict():
            return {
                key: ""
                if key == "documentation" and isinstance(item, str)
                else _with_empty_texts(item)
                for key, item in value.items()
            }
        case list():
            return [_with_empty_texts(item) for item in value]
        case _:
            return value


def _strings(package: pathlib.Path) -> set[str]:
    return {
        node.value
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _remove(path: pathlib.Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

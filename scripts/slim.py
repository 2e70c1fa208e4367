"""Put FlowGuard into the environment that runs this, and make that small and quick.

`python scripts/slim.py PACKAGE` is a step of the Dockerfile. It copies the package's
folder, removes what no code of ours reads, and compiles what is left.
"""

from __future__ import annotations

import ast
import compileall
import pathlib
import shutil
import sys
import sysconfig
from py_compile import PycInvalidationMode

SITE_PACKAGES = pathlib.Path(sysconfig.get_path("purelib"))

SIGN_IN_SERVICES = frozenset({"signin", "sso", "sso-oidc", "sts"})
"""What botocore itself calls to get credentials."""

UNUSED = (
    "apprise/assets",  # pictures, which are named by their address
    "apprise/i18n",
    "boto3/data",  # of boto3.resource, which is not used
    "boto3/examples",
    "botocore/data/*/*/examples-1.json",
    "botocore/data/*/*/waiters-2.json",  # its waiters call failed states success
    "pygments*",  # rich's, for source code, which we do not print
    "tests",  # of actions-toolkit, installed as a package of that name
)
"""What only documentation and tests of libraries read, or code that we do not use."""


def main(package: pathlib.Path) -> None:
    """Install `package` here, without what it does not use, compiled."""
    shutil.copytree(package, SITE_PACKAGES / package.name)
    named = _strings(package)
    keep_services(SITE_PACKAGES / "botocore" / "data", named)
    keep_plugins(SITE_PACKAGES / "apprise" / "plugins", named)
    for pattern in UNUSED:
        for path in SITE_PACKAGES.glob(pattern):
            _remove(path)
    mode = PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(SITE_PACKAGES, quiet=1, invalidation_mode=mode):
        sys.exit("not all of it compiles")


def keep_services(data: pathlib.Path, named: set[str]) -> None:
    """Remove the models of services that are not `named`, and old versions of others.

    A service is used when a string in the code is its name. That keeps one or two
    too many, and misses none that is called.
    """
    for service in data.iterdir():
        if not service.is_dir():
            continue
        if service.name not in named | SIGN_IN_SERVICES:
            _remove(service)
            continue
        *old, _newest = sorted(service.iterdir())  # they are named by their dates
        for version in old:
            _remove(version)


def keep_plugins(plugins: pathlib.Path, named: set[str]) -> None:
    """Remove those of Apprise's services that are not `named`, as above."""
    for plugin in plugins.iterdir() if plugins.exists() else ():
        if plugin.stem not in named | {"__init__", "base"}:
            _remove(plugin)


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

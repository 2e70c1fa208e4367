"""Templates: text → values that know where they were written, in each dialect.

`find` names the template of a folder, `open_template` reads it once, and
`Source.resolve` turns it into a `Template`, as often as answers come in: what
the account must be asked (`${ssm:…}`, `Fn::ImportValue`) is asked as any rule
asks, and stays `Unresolved` until the next round.
"""

from __future__ import annotations

import os
import pathlib

from flowguard import spoken
from flowguard.errors import TemplateError
from flowguard.template.inputs import SHOWN, Inputs
from flowguard.template.resolved import Refusal, Resource, Source, Template

__all__ = [
    "NAMES",
    "SHOWN",
    "Inputs",
    "Refusal",
    "Resource",
    "Source",
    "Template",
    "find",
    "open_template",
]

NAMES = (
    "serverless.yml",
    "serverless.yaml",
    "serverless.json",
    "template.yaml",
    "template.yml",
    "template.json",
    "serverless.template",
)
"""What a template is called in a project's folder, the likeliest first."""


def find(folder: pathlib.Path, stack_name: str | None = None) -> pathlib.Path:
    """The template of `folder`, where it can be only one.

    Without one of the usual names it is that of the only stack in `cdk.out/`, or of
    the one called `stack_name`. Raises `TemplateError` where there is none, or more
    than one.
    """
    for name in NAMES:
        if (folder / name).is_file():
            return folder / name
    from flowguard.template import cdk

    if (assembled := cdk.find(folder, stack_name)) is not None:
        return assembled
    raise TemplateError(
        f"no template in {folder}",
        help=f"name it: {spoken.option('template', 'PATH')} (a CloudFormation template, "
        "serverless.yml, "
        "or a stack's template in cdk.out/)",
    )


def open_template(path: pathlib.Path, root: pathlib.Path) -> Source:
    """Read the template at `path`; findings name files relative to `root`.

    In a folder it is what `find` finds; a pipe or `/dev/stdin` is read to its end,
    and called `stdin`. Raises `TemplateError` where it cannot be read or is none.
    """
    if os.path.isdir(path):  # noqa: PTH112 — false, not an error, for odd paths
        path = find(path)
    # AWS's own .NET templates call a SAM template `serverless.template`.
    if path.name.startswith("serverless.") and path.suffix != ".template":
        from flowguard.template import serverless

        return serverless.read(path, root)
    if path.name.startswith("cloudformation-template-"):
        from flowguard.template import serverless

        if (source := serverless.read_compiled(path, root)) is not None:
            return source
    from flowguard.template import cloudformation

    return cloudformation.read(path, root)

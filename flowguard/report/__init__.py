"""A report as text: one pure `render(report) -> str` for each format.

Importing this package is cheap: a format is loaded when it is first used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowguard.model.results import Report

Render = Callable[["Report"], str]


def _format(name: str) -> Render:
    """The `render` of the module `name`, imported when it is called."""

    def render(report: Report) -> str:
        rendered: str = import_module(f"{__name__}.{name}").render(report)
        return rendered

    render.__doc__ = f"The report as {name}."
    return render


FORMATS: Mapping[str, Render] = MappingProxyType(
    {
        name: _format(module)
        for name, module in {
            "plain": "plain",
            "json": "json_",
            "github": "github",
            "markdown": "markdown",
            "sarif": "sarif",
            "junit": "junit",
            "html": "html",
        }.items()
    }
)
"""Every format that `--output FORMAT=PATH` and `--format FORMAT` know."""

"""The releases that this pipeline may have deployed, as they lie in its folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from flowguard.errors import TemplateError
from flowguard.release import cdk, given, serverless
from flowguard.release.canonical import canonical, read
from flowguard.release.digests import Digester, inside
from flowguard.release.references import FUNCTIONS, Reference, is_local, split
from flowguard.release.uploads import text_of
from flowguard.release.values import Artifact, LocalRelease
from flowguard.template.files import read_file, relative

_ENDINGS = ("yaml", "yml", "json")
SAM_BUILD = Path(".aws-sam/build/template.yaml")
MADE = (
    SAM_BUILD,
    *(
        Path(f"{name}.{ending}")
        for name in (
            "packaged",
            "packaged-template",
            "template-packaged",
            "output-template",
            "serverless-output",
        )
        for ending in _ENDINGS
    ),
)
"""Where templates lie that a tool made, to be deployed."""
WRITTEN = tuple(Path(f"template.{ending}") for ending in _ENDINGS)
"""Where they are written, and deployed from where no tool made another."""
ZIPS = ("", "artifacts", "build", "dist", "out", "package", "target")
"""Where zips lie that a pipeline uploads by itself, and names by their key alone."""


@dataclass(frozen=True, slots=True)
class _Search:
    digester: Digester
    stack_name: str
    parameters: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """The project's."""
        return self.digester.root


def find(
    folder: Path,
    stack_name: str,
    *,
    template: Path | None = None,
    parameters: Mapping[str, str] | None = None,
    argv: Sequence[str] = (),
) -> tuple[LocalRelease, ...]:
    """Each release in `folder` that may be that of the stack, by name or id.

    `template` and `parameters` are what the user named, `argv` the command that
    deploys. A file that nobody named and that cannot be read is passed over. Raises
    `TemplateError` where the named template cannot be read.
    """
    name = _named(stack_name)
    roots = [folder.resolve()]
    if template and (beside := inside(folder, folder / template.parent)):
        roots = [*dict.fromkeys((*roots, beside))]  # a service in a folder of its own
    words = given.words(argv)
    said = given.by_command(words, folder, name)
    configs = [given.by_samconfig(root, words, name) for root in reversed(roots)]
    config = next((each for each in configs if each != given.Given()), given.Given())
    # Those of a command take the place of all that SAM has configured.
    known = {**(said.parameters or config.parameters), **(parameters or {})}
    search = _Search(Digester(folder), name, known)
    tools = given.tools(words) or {"serverless", "cdk", "template"}
    found = [*_templates(search, [template] if template else [], named=True)]
    if "template" in tools:
        told = [folder / each for each in (*said.templates, *config.templates)]
        found += _templates(search, told) or _usual(search, roots)
    told = [folder / each for each in said.folders]
    for kind in (serverless, cdk):
        if kind.TOOL in tools:
            folders = [*told, *(each for root in roots for each in kind.folders(root))]
            found += _packages(search, kind, folders)
    seen: dict[str, LocalRelease] = {}
    for each in found:
        seen.setdefault(each.source, each)
    found = [*seen.values()]
    return tuple(each for each in found if each.stack_name in {"", name})


def _named(stack: str) -> str:
    """A stack's name, where its id was given."""
    return stack.split("/")[1] if stack.startswith("arn:") and "/" in stack else stack


class _Tool(Protocol):
    """A module that reads what one tool leaves."""

    def releases(
        self, digester: Digester, folder: Path, stack_name: str, /
    ) -> Iterator[LocalRelease]:
        """Those in a folder."""
        ...


def _packages(
    search: _Search, tool: _Tool, folders: Iterable[Path]
) -> Iterator[LocalRelease]:
    real = (inside(search.folder, folder) for folder in folders)
    for path in dict.fromkeys(each for each in real if each and each.is_dir()):
        for release in tool.releases(search.digester, path, search.stack_name):
            yield replace(release, parameters=search.parameters)


def _usual(search: _Search, roots: Iterable[Path]) -> list[LocalRelease]:
    """The templates that nobody names: those that were made, else those written."""
    found: list[LocalRelease] = []
    for root in roots:
        made = _templates(search, [root / place for place in MADE])
        found += made or _templates(search, [root / place for place in WRITTEN])
    return found


def _templates(
    search: _Search, places: Iterable[Path], *, named: bool = False
) -> list[LocalRelease]:
    """Of each place that has a template. The user may `name` what lies elsewhere, and
    is told where it cannot be read."""
    found = []
    for place in places:
        path = inside(search.folder, search.folder / place)
        path = place.resolve() if path is None and named else path
        if path is None or not _is_template(path):
            continue
        try:
            found.append(_release(search, path))
        except TemplateError:
            if named:
                raise
    return found


def _is_template(path: Path) -> bool:
    """Whether it may be one; Serverless's own file is none."""
    return path.is_file() and not path.name.startswith("serverless.")


def _release(search: _Search, path: Path) -> LocalRelease:
    source = relative(path, search.folder)
    template = read(read_file(path, source), source)
    built = path.match(f"*/{SAM_BUILD}")
    assembly = cdk.stack_of(path)
    _, references = split(canonical(template))
    artifacts = (
        _artifact(search.digester, path.parent, reference, built=built)
        if is_local(reference.value)
        else _zip(search, path.parent, reference)
        for reference in references.values()
    )
    return LocalRelease(
        source,
        template,
        tuple(each for each in artifacts if each),
        search.parameters,
        assembly,
    )


def _zip(search: _Search, beside: Path, reference: Reference) -> Artifact | None:
    """A function's zip by the last part of its key, where the project has it."""
    key = text_of(reference.value, search.parameters)
    name = key.rpartition("/")[2]
    if reference.resource_type not in FUNCTIONS or not name.endswith((".zip", ".jar")):
        return None
    for place in (search.folder, beside):
        for folder in ZIPS:
            if digests := search.digester.file(place / folder / name):
                at = reference.logical_id, reference.property_name
                return Artifact(*at, digests.sha256, (digests.md5,))
    return None


def _artifact(
    digester: Digester, folder: Path, reference: Reference, *, built: bool
) -> Artifact | None:
    """What is known of the file or folder that a template names."""
    path = folder / str(reference.value)
    at = reference.logical_id, reference.property_name
    if path.is_dir():
        checksum = digester.folder(path)
        return Artifact(*at, names=(checksum,), exact=built) if checksum else None
    digests = digester.file(path)
    if digests is None:
        return None
    if digester.is_zip(path):
        return Artifact(*at, digests.sha256, (digests.md5,), exact=True)
    names = tuple(filter(None, (digests.md5, digester.folder(path))))
    return Artifact(*at, names=names)

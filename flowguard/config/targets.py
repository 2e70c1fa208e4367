"""The targets of `flowguard.yml` → the jobs that they make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from flowguard.config.job import Job
from flowguard.config.sections import File, StageSection, TargetSection, suggestion
from flowguard.model.places import UNWRITTEN, Location
from flowguard.template.document import Node

_PLACEHOLDER = re.compile(r"\{(stage|region|account_id)\}")


def expand(file: File, written: Sequence[Location] = ()) -> tuple[Job, ...]:
    """A job for each target, stage and region, in the order of the file.

    What a target does not say of its account and region, its stage says; a target
    without stages has all of the file's. `written` are the targets' places.
    """
    return tuple(
        job
        for number, target in enumerate(file.targets or ())
        for job in _jobs(
            target, file, written[number] if number < len(written) else UNWRITTEN
        )
    )


def _jobs(target: TargetSection, file: File, written: Location) -> Iterator[Job]:
    for stage in _stages(target, file):
        section = _section(file, stage)
        regions: Sequence[str | None] = target.regions or [
            target.region or section.region
        ]
        for region in regions:
            account_id = target.account_id or section.account_id
            values = {"stage": stage, "region": region, "account_id": account_id}
            stack_name = _fill(target.stack_name, values)
            base = target.name or stack_name or _folder(target.template)
            yield Job(
                name=job_name(base, stage, region if len(regions) > 1 else None),
                template=target.template,
                stack_name=stack_name,
                stage=stage,
                region=region,
                account_id=account_id,
                role_to_assume=_fill(target.role_to_assume, values),
                parameters=tuple(
                    (key, _fill(value, values) or "")
                    for key, value in target.parameters.items()
                ),
                config=target.config,
                location=written,
            )


def _stages(target: TargetSection, file: File) -> Sequence[str | None]:
    if target.stage:
        return [target.stage]
    return target.stages or tuple(file.all_stages) or [None]


def _section(file: File, stage: str | None) -> StageSection:
    """What the file says of a stage, by its name or an alias."""
    for name, section in file.all_stages.items():
        if stage and stage.lower() in _words(name, section):
            return section
    return StageSection()


def _words(name: str, section: StageSection) -> set[str]:
    return {word.lower() for word in (name, *section.aliases)}


def _fill(pattern: str | None, values: dict[str, str | None]) -> str | None:
    if pattern is None:
        return None
    return _PLACEHOLDER.sub(lambda found: values[found[1]] or "", pattern)


def _folder(template: str) -> str:
    """The folder that a template is in, or its own name at the root."""
    path = PurePosixPath(template)
    return path.parent.name or path.stem


def job_name(base: str, stage: str | None, region: str | None = None) -> str:
    """`orders-staging-eu-central-1`; what the base says already is not repeated."""
    words = base.lower().split("-")
    parts = [base, stage if stage and stage.lower() not in words else "", region]
    name = "-".join(part for part in parts if part)
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "target"


# --- what no schema says ----------------------------------------------------------


def places(document: Node) -> list[Location]:
    """Where each target is written."""
    targets = document.get("targets")
    return [node.location for node in targets.items] if targets else []


def faults_of(document: Node, file: File) -> Iterator[tuple[Location, str]]:
    """Targets that contradict themselves or the stages."""
    for number, target in enumerate(file.targets or ()):
        for one, many in (("stage", "stages"), ("region", "regions")):
            node = document.get("targets", number, one)
            if getattr(target, one) and getattr(target, many) and node:
                where = f"targets.{number}"
                yield node.location, f"{where} has {one} and {many}; leave one of them"
        yield from _unknown_stages(document, file, number, target)
        yield from _unfilled(document, file, number, target)


def _unknown_stages(
    document: Node, file: File, number: int, target: TargetSection
) -> Iterator[tuple[Location, str]]:
    known = {word for item in file.all_stages.items() for word in _words(*item)}
    written = [(("stage",), target.stage)] if target.stage else []
    rows: list[tuple[tuple[str | int, ...], str]] = [
        *written,
        *((("stages", index), name) for index, name in enumerate(target.stages or ())),
    ]
    for path, name in rows:
        node = document.get("targets", number, *path)
        if known and name.lower() not in known and node:
            hint = suggestion(name, sorted(known))
            yield node.location, f"there is no stage {name!r} in `stages`{hint}"


def _unfilled(
    document: Node, file: File, number: int, target: TargetSection
) -> Iterator[tuple[Location, str]]:
    """A placeholder for what nobody says would leave a hole in a name."""
    patterns: list[tuple[tuple[str, ...], str | None]] = [
        (("stack_name",), target.stack_name),
        (("role_to_assume",), target.role_to_assume),
        *((("parameters", key), value) for key, value in target.parameters.items()),
    ]
    for job in _jobs(target, file, UNWRITTEN):
        values = {
            "stage": job.stage,
            "region": job.region,
            "account_id": job.account_id,
        }
        for path, pattern in patterns:
            node = document.get("targets", number, *path)
            for word in _PLACEHOLDER.findall(pattern or ""):
                if not values[word] and node:
                    of = f" of the stage {job.stage!r}" if job.stage else ""
                    yield node.location, f"{{{word}}} is not known{of}; say {word}"


def jobs_twice(jobs: Iterable[Job]) -> Iterator[tuple[Location, str]]:
    """Two jobs of one name would write one report."""
    seen: set[str] = set()
    for job in jobs:
        if job.name.lower() in seen:
            yield (
                job.location,
                f"two targets are called {job.name!r}; give one of them a name",
            )
        seen.add(job.name.lower())

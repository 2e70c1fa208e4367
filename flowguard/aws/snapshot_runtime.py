"""The parts of a snapshot that say what answers: stages of APIs, and domains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from flowguard.aws.answers import observed
from flowguard.aws.served import served
from flowguard.aws.session import Aws
from flowguard.aws.snapshot_parts import Gaps
from flowguard.lookups import StackResource
from flowguard.model.snapshot import (
    ApiStage,
    DomainMapping,
)

REST, HTTP = "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"
PERMISSIONS = frozenset({"apigateway:GET"})
NOT_FOUND = frozenset({"NotFoundException", "ResourceNotFoundException"})


def api_stages(
    aws: Aws, rows: Iterable[StackResource], gaps: Gaps
) -> tuple[ApiStage, ...]:
    """Which deployment each stage of the stack's APIs serves."""
    wanted = _of(rows, REST, HTTP)
    answers = aws.map(
        lambda row: observed(
            lambda: tuple(_stages(aws, row)),
            absent=NOT_FOUND,
            permission="apigateway:GET",
        ),
        wanted,
    )
    return tuple(
        stage
        for row, answer in zip(wanted, answers, strict=True)
        for stage in gaps.fill(f"api_stages:{row.logical_id}", answer, ())
    )


def _stages(aws: Aws, row: StackResource) -> Iterator[ApiStage]:
    api_id = row.physical_id
    if row.resource_type == REST:
        for stage in aws.call("apigateway", "get_stages", restApiId=api_id)["item"]:
            name = stage["stageName"]
            yield ApiStage(
                row.logical_id,
                api_id,
                name,
                stage.get("deploymentId", ""),
                serves=served(aws, api_id, name),
            )
        return
    for stage in aws.pages("apigatewayv2", "get_stages", "Items", ApiId=api_id):
        yield ApiStage(
            row.logical_id,
            api_id,
            stage["StageName"],
            stage.get("DeploymentId", ""),
            http=True,
            auto_deploy=bool(stage.get("AutoDeploy")),
        )


def domains(
    aws: Aws, rows: Iterable[StackResource], gaps: Gaps
) -> tuple[DomainMapping, ...]:
    """The paths of custom domains that lead to the stack's APIs.

    A plugin makes them outside of the stack, so that all domains are looked through.
    """
    rows = tuple(rows)
    found = [
        mapping
        for kind, service in ((REST, "apigateway"), (HTTP, "apigatewayv2"))
        if (apis := {row.physical_id for row in _of(rows, kind)})
        for mapping in _every_mapping(aws, service, gaps)
        if mapping.api_id in apis
    ]
    return tuple(dict.fromkeys(found))


def _every_mapping(aws: Aws, service: str, gaps: Gaps) -> Iterator[DomainMapping]:
    names = observed(
        lambda: tuple(_domain_names(aws, service)), permission="apigateway:GET"
    )
    every = gaps.fill("domains", names, ())
    answers = aws.map(
        lambda name: observed(
            lambda: tuple(_mappings(aws, service, name)),
            absent=NOT_FOUND,
            permission="apigateway:GET",
        ),
        every,
    )
    for name, answer in zip(every, answers, strict=True):
        yield from gaps.fill(f"domains:{name}", answer, ())


def _domain_names(aws: Aws, service: str) -> Iterator[str]:
    key = "items[].domainName" if service == "apigateway" else "Items[].DomainName"
    yield from aws.pages(service, "get_domain_names", key)


def _mappings(aws: Aws, service: str, domain: str) -> Iterator[DomainMapping]:
    if service == "apigateway":
        for row in aws.pages(
            service, "get_base_path_mappings", "items", domainName=domain
        ):
            path = row.get("basePath", "(none)")
            yield DomainMapping(
                domain,
                "" if path == "(none)" else path,
                row["restApiId"],
                row.get("stage", ""),
            )
        return
    for row in aws.call(service, "get_api_mappings", DomainName=domain)["Items"]:
        path = row.get("ApiMappingKey", "")
        yield DomainMapping(domain, path, row["ApiId"], row.get("Stage", ""))


def _of(rows: Iterable[StackResource], *kinds: str) -> Sequence[StackResource]:
    return [row for row in rows if row.resource_type in kinds and row.physical_id]

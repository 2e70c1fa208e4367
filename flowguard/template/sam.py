"""SAM: templates with the transform AWS::Serverless-2016-10-31.

AWS's own aws-sam-translator turns them into what CloudFormation deploys. What
it makes stands where the user wrote the resource that it was made from.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any, Never

from flowguard.errors import InternalError, TemplateError
from flowguard.model.places import Location
from flowguard.model.questions import Unknown, UnknownKind, Unresolved
from flowguard.template.document import Node
from flowguard.template.resolver import as_text, scalar

PREFIX = "AWS::Serverless"
_APPLICATION = f"{PREFIX}::Application"
_UPLOADED = "flowguard-uploaded-by-the-deploy"
"""Stands for the bucket and the key of code that is on disk: the translator
refuses local paths, and `sam deploy` replaces them before it sees them."""
_CODE = {
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::Application": "Location",
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::GraphQLApi": "SchemaUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
"""The property of each type that names a file or folder."""
_RENAMED = {"StateMachineName": "Name"}
"""Properties that SAM calls otherwise than CloudFormation."""


def expanded(document: Node, parameters: Mapping[str, str], region: str) -> Node:
    """`document` as CloudFormation will deploy it.

    Raises `TemplateError`, at the resource that is to blame, for what the
    translator refuses, and `InternalError` where it breaks.
    """
    from samtranslator.model.exceptions import (
        ExceptionWithMessage,
        InvalidDocumentException,
    )
    from samtranslator.parser.parser import Parser
    from samtranslator.plugins.application.serverless_app_plugin import (
        ServerlessAppPlugin,
    )
    from samtranslator.translator.translator import Translator

    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # not the user's
    plain = document.plain()
    _replace_local_code(plain)
    _replace_applications(plain)
    session = SimpleNamespace(region_name=region)  # so that it opens none of its own
    calls_nobody = ServerlessAppPlugin(sar_client_creator=_nobody)
    translator = Translator({}, Parser(), [calls_nobody], boto_session=session)
    try:
        made = translator.translate(
            plain, dict(parameters), get_managed_policy_map=dict
        )
    except InvalidDocumentException as error:
        raise _refused(error.causes, document) from None
    except ExceptionWithMessage as error:
        raise _refused([error], document) from None
    except Exception as error:
        raise InternalError(
            f"aws-sam-translator broke: {type(error).__name__}: {error}",
            location=document.location,
        ) from error
    finally:
        translator.metrics.publish()  # to nobody; otherwise it complains
    return _located_template(made, document)


def _nobody() -> Never:
    """In place of the client with which the translator would call AWS."""
    raise AssertionError("SAM's transform must not call AWS")


def _replace_applications(template: dict[str, Any]) -> None:
    """Let each application of the repository be one whose template is elsewhere.

    For those the translator would have AWS make a template, which is a write.
    """
    for resource in _mapping(template.get("Resources")).values():
        if _mapping(resource).get("Type") == _APPLICATION:
            properties = _mapping(resource.get("Properties"))
            named = _mapping(properties.get("Location"))
            if None not in (named.get("ApplicationId"), named.get("SemanticVersion")):
                properties["Location"] = f"s3://{_UPLOADED}/{_UPLOADED}"


def _replace_local_code(template: dict[str, Any]) -> None:
    shared = _mapping(_mapping(template.get("Globals")).get("Function"))
    if "CodeUri" in shared:
        shared["CodeUri"] = _uploaded(shared["CodeUri"])
    for resource in _mapping(template.get("Resources")).values():
        kind, properties = _mapping(resource).get("Type"), _mapping(resource)
        properties = _mapping(properties.setdefault("Properties", {}))
        name = _CODE.get(kind) if isinstance(kind, str) else None
        if name and name in properties:
            properties[name] = _uploaded(properties[name])
        elif kind == f"{PREFIX}::Function" and not {"InlineCode", "ImageUri"} & {
            *properties,
            *shared,
        }:
            image = "Image" in {
                properties.get("PackageType"),
                shared.get("PackageType"),
            }
            key = "ImageUri" if image else "CodeUri"
            properties[key] = _UPLOADED if image else f"s3://{_UPLOADED}/{_UPLOADED}"


def _uploaded(value: object) -> object:
    if isinstance(value, str) and not value.startswith(("s3://", "https://")):
        return f"s3://{_UPLOADED}/{_UPLOADED}"
    return value


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _refused(
    causes: Iterator[Exception] | list[Exception], document: Node
) -> TemplateError:
    cause = next(iter(causes))
    resources = document.get("Resources")
    logical_id = str(getattr(cause, "_logical_id", ""))
    place = resources.keys.get(logical_id) if resources else None
    message = getattr(cause, "message", None) or f"{type(cause).__name__}: {cause}"
    return TemplateError(
        f"SAM's transform refuses the template: {message}",
        location=place or document.location,
        help="correct it as `sam validate --lint` says",
    )


# --- places -----------------------------------------------------------------


def _located_template(made: dict[str, Any], document: Node) -> Node:
    written = document.get("Resources")
    place = document.keys.get("Resources", document.location)
    resources = Node({}, place)
    for logical_id, resource in made.get("Resources", {}).items():
        origin = _origin(logical_id, written)
        source = written.get(origin) if written and origin else None
        at = written.keys[origin] if written and origin else place
        resources.mapping[logical_id] = _located(resource, source, at)
        resources.keys[logical_id] = at
    whole = _located({**made, "Resources": {}}, document, document.location)
    whole.mapping["Resources"] = resources
    return whole


def _origin(logical_id: str, written: Node | None) -> str | None:
    """The resource that was written for a generated one: its id begins with it."""
    ids = written.mapping if written else {}
    begins = [name for name in ids if logical_id.startswith(name)]
    return max(begins, key=len, default=None)


def _located(value: Any, like: Node | None, place: Location) -> Node:
    """`value` as a node; a part that `like` has too stands where that is written."""
    if isinstance(value, dict):
        node = Node({}, like.location if like and like.mapping else place)
        for key, inner in value.items():
            name = str(key)
            if like and name not in like.mapping:
                name = _RENAMED.get(name, name)
            at = like.keys.get(name, place) if like else place
            part = like.get(name) if like else None
            node.mapping[str(key)] = _located(inner, part, at)
            node.keys[str(key)] = at
        return node
    if isinstance(value, list):
        same = like is not None and len(like.items) == len(value)
        parts = like.items if like and same else [None] * len(value)
        items = [_located(v, part, place) for v, part in zip(value, parts, strict=True)]
        return Node(items, like.location if like and like.items else place)
    if like and as_text(scalar(like)) == as_text(value) is not None:
        return like
    if isinstance(value, str) and _UPLOADED in value:
        cause = Unknown(UnknownKind.KNOWN_AFTER_DEPLOY, "the deploy uploads it")
        return Node(Unresolved("the code", place, cause), place)
    return Node(value if isinstance(value, str | int | float) else None, place)

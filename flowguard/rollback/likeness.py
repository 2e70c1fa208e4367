"""Whether two texts of a template mean the same, whatever was stamped on them.

Tools name a published version or a deployment anew for each content, and what comes of
a restored release may bear another stamp. What such a resource is, its properties say.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from flowguard.errors import FlowGuardError
from flowguard.template.text import parse

STAMPED: Mapping[str, str] = {
    "AWS::ApiGateway::Deployment": "RestApiId",
    "AWS::Lambda::LayerVersion": "LayerName",
    "AWS::Lambda::Version": "FunctionName",
}
"""Types whose logical ids tools make anew, and the property that says of what they are.

Serverless Framework: `ApiLambdaVersion<hash>`, `ApiGatewayDeployment<time>`
(packages/serverless/lib/plugins/aws/lib/naming.js); SAM: `ApiVersion<hash>`,
`ApiDeployment<hash>`, `Deps<hash>` (samtranslator/model/sam_resources.py, api generator);
CDK: `ApiCurrentVersion<hash>`, `ApiDeployment<hash>` (aws-lambda, aws-apigateway).
"""

Document = Mapping[str, Any]


def read(text: str) -> Document | None:
    """The template in a text; None where it is none."""
    try:
        found = parse(text, "template").plain()
    except FlowGuardError:
        return None
    return found if isinstance(found, dict) else None


def same(before: Document, now: Document) -> bool:
    """Whether they mean the same but for stamped names, layout and order of keys."""
    return _plain(before) == _plain(now)


def code_of(document: Document, logical_id: str) -> Any:
    """What the template says of a function's code; None where it does not."""
    resource = _resources(document).get(logical_id, {})
    properties = resource.get("Properties") if isinstance(resource, dict) else None
    return properties.get("Code") if isinstance(properties, dict) else None


def _plain(document: Document) -> str:
    """The document as text, with names in place of stamped ones."""
    text = json.dumps(document, sort_keys=True, default=str)
    names = dict(_names(document))
    if not names:
        return text
    any_of = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return json.dumps(
        json.loads(re.sub(rf"\b(?:{any_of})\b", lambda found: names[found[0]], text)),
        sort_keys=True,
    )


def _names(document: Document) -> Iterator[tuple[str, str]]:
    """Stamped logical ids, each with a name that stays."""
    seen: Counter[str] = Counter()
    for logical_id, resource in sorted(_resources(document).items()):
        kind = str(resource.get("Type")) if isinstance(resource, dict) else ""
        if kind not in STAMPED:
            continue
        properties = resource.get("Properties")
        given = properties if isinstance(properties, dict) else {}
        owner = json.dumps(given.get(STAMPED[kind]), sort_keys=True, default=str)
        name = "_".join(re.findall(r"\w+", f"{kind} {owner}"))
        seen[name] += 1
        yield logical_id, f"{name}_{seen[name]}"


def _resources(document: Document) -> Mapping[str, Any]:
    found = document.get("Resources")
    return found if isinstance(found, dict) else {}

"""Plugins: which of them are known to add nothing to the stack.

Any other may, and what it adds is only seen in a compiled template.
"""

from __future__ import annotations

from flowguard.model.questions import Unresolved
from flowguard.template.document import Node
from flowguard.template.serverless.service import Service
from flowguard.template.serverless.values import given, known

ADD_NOTHING = frozenset(
    {
        # They build or package the code.
        "serverless-babel-plugin",
        "serverless-bundle",
        "serverless-esbuild",
        "serverless-go-plugin",
        "serverless-jetpack",
        "serverless-plugin-common-excludes",
        "serverless-plugin-include-dependencies",
        "serverless-plugin-monorepo",
        "serverless-plugin-optimize",
        "serverless-plugin-typescript",
        "serverless-python-requirements",
        "serverless-rust",
        "serverless-webpack",
        # They run the service on the developer's machine.
        "serverless-dynamodb",
        "serverless-dynamodb-local",
        "serverless-localstack",
        "serverless-offline",
        "serverless-offline-scheduler",
        "serverless-offline-sns",
        "serverless-offline-sqs",
        "serverless-offline-ssm",
        "serverless-s3-local",
        # They add variables, or act beside the stack.
        "serverless-deployment-bucket",
        "serverless-domain-manager",
        "serverless-dotenv-plugin",
        "serverless-export-env",
        "serverless-hooks-plugin",
        "serverless-plugin-git-variables",
        "serverless-plugin-scripts",
        "serverless-prune-plugin",
        "serverless-s3-sync",
        "serverless-scriptable-plugin",
        "serverless-stack-termination-protection",
    }
)


def is_open_ended(service: Service) -> bool:
    """Whether the stack may have more resources than the configuration shows."""
    config = service.config
    plugins = given(config, "plugins")
    listed = given(plugins, "modules") or plugins
    for plugin in listed.items if listed else []:
        if known(plugin) not in ADD_NOTHING:
            return True
    return any(
        _partly_unknown(node)
        for key in ("functions", "resources", "layers", "plugins")
        if (node := config.get(key)) is not None
    )


def _partly_unknown(node: Node, depth: int = 3) -> bool:
    """Whether a section, or a part of it that holds resources, is not known.

    Deeper, it is a value of a resource that is not known.
    """
    if isinstance(node.value, Unresolved):
        return True
    inner = [*node.mapping.values(), *node.items] if depth else []
    return any(_partly_unknown(item, depth - 1) for item in inner)

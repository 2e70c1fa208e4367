"""Layers of the service's own.

Facts: osls 4, lib/plugins/aws/package/compile/layers.js. The logical id of a layer
that is retained ends in a hash of its code: it is left off here.
"""

from __future__ import annotations

from flowguard.errors import TemplateError
from flowguard.template.serverless import naming
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import Plain, given, known, listed, present


def add_layers(stack: Stack) -> None:
    """The layers under `layers:`, and who else may use them."""
    layers = present(stack.service.config, "layers")
    if layers is None:
        return
    for key, config in layers.mapping.items():
        at = layers.keys.get(key, config.location)
        if not isinstance(config.value, dict):
            raise TemplateError(f"the layer {key} is no mapping", location=at)
        logical_id = f"{naming.resource(key)}LambdaLayer"
        retained = "Retain" if given(config, "retain") else None
        code = stack.artifact(at)
        name = given(config, "name")
        stack.add(
            logical_id,
            "AWS::Lambda::LayerVersion",
            {
                "Content": {"S3Bucket": stack.bucket, "S3Key": code},
                "LayerName": name or key,
                "Description": given(config, "description"),
                "LicenseInfo": given(config, "licenseInfo"),
                "CompatibleRuntimes": listed(given(config, "compatibleRuntimes")),
                "CompatibleArchitectures": given(config, "compatibleArchitectures"),
            },
            at,
            DeletionPolicy=retained,
        )
        accounts = listed(given(config, "allowedAccounts"))
        for account in accounts.items if accounts else []:
            number = (known(account) or "").replace("*", "Wild", 1)
            stack.add(
                f"{naming.resource(key)}{number}LambdaLayerPermission",
                "AWS::Lambda::LayerVersionPermission",
                {
                    "Action": "lambda:GetLayerVersion",
                    "LayerVersionArn": {"Ref": logical_id},
                    "Principal": account,
                },
                account.location,
                DeletionPolicy=retained,
            )
        outputs: tuple[tuple[str, Plain, str], ...] = (
            ("QualifiedArn", {"Ref": logical_id}, "version"),
            ("Hash", code, "hash"),
            ("S3Key", code, "S3Key"),
        )
        for suffix, value, what in outputs:
            description = f"Current Lambda layer {what}"
            stack.output(f"{logical_id}{suffix}", value, at, description=description)

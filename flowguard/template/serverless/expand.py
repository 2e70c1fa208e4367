"""A service → the stack that the framework generates for it."""

from __future__ import annotations

from flowguard.template.serverless.core import add_deployment_bucket, add_role
from flowguard.template.serverless.functions import add_functions
from flowguard.template.serverless.rest_api import add_rest_api
from flowguard.template.serverless.service import Service
from flowguard.template.serverless.stack import Stack


def expand(service: Service) -> Stack:
    """The resources and outputs that the framework makes of a service."""
    stack = Stack(service)
    add_deployment_bucket(stack)
    add_functions(stack)
    add_rest_api(stack)
    add_role(stack)
    return stack

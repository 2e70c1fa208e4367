"""A service → the stack that the framework generates for it."""

from __future__ import annotations

from flowguard.template.serverless.brokers import add_brokers
from flowguard.template.serverless.buckets import add_buckets
from flowguard.template.serverless.core import add_deployment_bucket, add_role
from flowguard.template.serverless.devices import add_devices, add_log_subscriptions
from flowguard.template.serverless.edge import add_edge
from flowguard.template.serverless.functions import add_functions
from flowguard.template.serverless.http_api import add_http_api
from flowguard.template.serverless.layers import add_layers
from flowguard.template.serverless.load_balancers import add_load_balancers
from flowguard.template.serverless.messages import add_queues, add_topics
from flowguard.template.serverless.rest_api import add_rest_api
from flowguard.template.serverless.schedules import (
    add_cloudwatch_events,
    add_event_bridge,
    add_schedules,
)
from flowguard.template.serverless.service import Service
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.streams import add_streams
from flowguard.template.serverless.user_pools import add_user_pools
from flowguard.template.serverless.websockets import add_websockets

# In the framework's order, which the statements of the role's policy follow.
_PARTS = (
    add_deployment_bucket,
    add_layers,
    add_functions,
    add_schedules,
    add_buckets,
    add_rest_api,
    add_websockets,
    add_topics,
    add_streams,
    add_brokers,
    add_load_balancers,
    add_devices,
    add_cloudwatch_events,
    add_log_subscriptions,
    add_user_pools,
    add_event_bridge,
    add_queues,
    add_edge,
    add_http_api,
    add_role,
)


def expand(service: Service) -> Stack:
    """The resources and outputs that the framework makes of a service.

    Raises `TemplateError`, with a place, for what it refuses.
    """
    stack = Stack(service)
    for add in _PARTS:
        add(stack)
    return stack

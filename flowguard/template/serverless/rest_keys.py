"""API keys and usage plans of the REST API."""

from __future__ import annotations

from dataclasses import dataclass

from flowguard.model.places import Location
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import Plain, concat, given, present

KEY = "ApiGatewayApiKey"
PLAN = "ApiGatewayUsagePlan"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys and plans of one API."""

    stack: Stack
    api: Plain
    deployment: str
    """The logical id of the deployment, which they wait for."""

    def add(self) -> None:
        """The keys and plans under `provider.apiGateway`, and what ties them."""
        keys = self.stack.service.setting("apiGateway", "apiKeys")
        plans = self.stack.service.setting("apiGateway", "usagePlan")
        listed = plans.items if plans else []
        names = [name for item in listed for name in item.mapping]
        if plans is not None or keys is not None:
            self._plans(plans)
        number = 0
        for definition in keys.items if keys else []:
            name = next(iter(definition.mapping), None)
            if name is not None and name in names:
                # Numbers start anew for the keys of each plan, and go on from there.
                number = 0
                for key in definition.mapping[name].items:
                    number += 1
                    plan = naming.upper_first(name)
                    self._key(key, f"{plan}{number}", f"{PLAN}{plan}")
            else:
                number += 1
                self._key(definition, str(number), PLAN)

    def _key(self, key: Node, suffix: str, plan: str) -> None:
        enabled = present(key, "enabled")
        named = given(key, "name") if key.mapping else key
        at = named.location if named else key.location
        stage = self.stack.service.stage_name
        self.stack.add(
            f"{KEY}{suffix}",
            "AWS::ApiGateway::ApiKey",
            {
                "Enabled": True if enabled is None else enabled,
                "Name": named,
                "Value": given(key, "value"),
                "Description": present(key, "description"),
                "CustomerId": present(key, "customerId"),
                "StageKeys": [{"RestApiId": self.api, "StageName": stage}],
            },
            at,
            DependsOn=self.deployment,
        )
        self.stack.add(
            f"{PLAN}Key{suffix}",
            "AWS::ApiGateway::UsagePlanKey",
            {
                "KeyId": {"Ref": f"{KEY}{suffix}"},
                "KeyType": "API_KEY",
                "UsagePlanId": {"Ref": plan},
            },
            at,
        )

    def _plans(self, plans: Node | None) -> None:
        place = self.stack.service.place("provider", "apiGateway", "usagePlan")
        if plans is None or not isinstance(plans.value, list):
            self._plan(None, plans, place)
            return
        for item in plans.items:
            for name, settings in list(item.mapping.items())[:1]:
                self._plan(name, settings, item.keys.get(name, settings.location))

    def _plan(self, name: str | None, settings: Node | None, at: Location) -> None:
        service, stage = self.stack.service.service, self.stack.service.stage_name
        quota, throttle = given(settings, "quota"), given(settings, "throttle")
        what = f'Usage plan "{name}" for ' if name else "Usage plan for "
        self.stack.add(
            f"{PLAN}{naming.upper_first(name or '')}",
            "AWS::ApiGateway::UsagePlan",
            {
                "ApiStages": [{"ApiId": self.api, "Stage": stage}],
                "Description": concat(what, service, " ", stage, " stage"),
                "UsagePlanName": concat(service, f"-{name}-", stage)
                if name
                else self.stack.service.prefix,
                "Quota": {
                    "Limit": present(quota, "limit"),
                    "Offset": present(quota, "offset"),
                    "Period": present(quota, "period"),
                }
                if quota
                else None,
                "Throttle": {
                    "BurstLimit": present(throttle, "burstLimit"),
                    "RateLimit": present(throttle, "rateLimit"),
                }
                if throttle
                else None,
            },
            at,
            DependsOn=self.deployment,
        )

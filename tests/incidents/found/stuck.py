"""A stack whose rollback failed at one resource."""

from __future__ import annotations

from incidents.world import World
from rollback.stage import Json, template

TOPIC: Json = {"Type": "AWS::SNS::Topic", "Properties": {}}


def stuck(site: World, logical_id: str, before: Json, after: Json, reason: str) -> None:
    """A deploy changed the resource and failed elsewhere; AWS cannot change it back."""
    site.stage.create(template(1, **{logical_id: before}))
    site.stage.snapshot()
    site.fake.script(logical_id, "rollback", reason)
    site.fake.script("Zlast", "update", "Invalid parameter")
    site.stage.deploy(template(2, **{logical_id: after}, Zlast=TOPIC))
    assert site.status == "UPDATE_ROLLBACK_FAILED"

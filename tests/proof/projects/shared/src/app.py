"""The service of release @release@."""

import json
import os

WORKS = int("@works@")


def handler(_event: object, _context: object) -> dict[str, object]:
    """Answer to /health."""
    if not WORKS:
        raise RuntimeError("release @release@ is broken")
    body = {"ok": True, "code": "@release@", "parameter": os.environ["RELEASE"]}
    return {"statusCode": 200, "body": json.dumps(body)}

"""The same calls of AWS's services, made in the image and by a whole botocore here."""

from __future__ import annotations

import json
import subprocess
import sys

from container import python

KEPT = "import boto3, json; print(json.dumps(boto3.Session().get_available_services()))"

ARGUMENTS = """
# The least that each operation takes.
import json, os, re, socket, uuid
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

SERVICES = json.loads(os.environ["SERVICES"])
SPECIAL = {"Bucket": "bucket", "AccountId": "123456789012"}
uuid.uuid4 = lambda: "00000000-0000-4000-8000-000000000000"  # of idempotency tokens

def value(shape, within=()):
    kind = shape.type_name
    if kind == "structure":
        if getattr(shape, "is_tagged_union", False):
            name, member = next(iter(shape.members.items()))
            return {name: value(member, (*within, shape.name))}
        return arguments(shape, within)
    if kind == "list":
        count = max(shape.metadata.get("min", 0), 1)
        return [value(shape.member, within)] * count
    if kind == "map":
        return {value(shape.key, within): value(shape.value, within)}
    if kind in {"integer", "long", "float", "double"}:
        number = shape.metadata.get("min", 1)
        return int(number) if kind in {"integer", "long"} else float(number)
    if kind == "boolean":
        return True
    if kind == "timestamp":
        return "2026-01-18T12:00:00Z"
    if kind == "blob":
        return b"blob"
    return (shape.enum or ["x" * max(shape.metadata.get("min", 0), 1)])[0]

def arguments(shape, within=()):
    if shape is None or shape.name in within:
        return {}
    within = (*within, shape.name)
    return {
        name: SPECIAL.get(name) or value(shape.members[name], within)
        for name in shape.required_members
    }
"""

REQUESTS = (
    ARGUMENTS
    + """
class Sent(Exception):
    pass

MOMENT = re.compile(r"(X-Amz-(?:Date|Signature)(?:=|%3D))\\w+")  # of what is presigned

def send(request, **_):
    body = request.body
    body = body.read() if hasattr(body, "read") else body
    text = body.decode("latin-1") if isinstance(body, bytes) else str(body)
    raise Sent(MOMENT.sub(r"\\1", f"{request.method} {request.url} {text}"))

def outcome(client, operation):
    model = client.meta.service_model.operation_model(operation)
    try:
        client._make_api_call(operation, arguments(model.input_shape))
    except Sent as sent:
        return str(sent)
    except Exception as error:
        return f"{type(error).__name__}: {error}"

found = {}
for service in SERVICES:
    client = boto3.client(service, region_name="eu-central-1",
        aws_access_key_id="key", aws_secret_access_key="secret")
    client.meta.events.register("before-send", send)
    for operation in client.meta.service_model.operation_names[:: int(os.environ["EVERY"])]:
        found[f"{service}:{operation}"] = outcome(client, operation)
print(json.dumps(found))
"""
)

CALLS = (
    ARGUMENTS
    + """
ONCE = {"total_max_attempts": 1}
READS = ("List", "Describe", "Get")
resolve = socket.getaddrinfo

def nearby(host, *rest, **more):
    # Some services want a word before the host, and one a host of its own.
    if not host.endswith("127.0.0.1"):
        raise socket.gaierror(f"not the account: {host}")
    return resolve("127.0.0.1", *rest, **more)

socket.getaddrinfo = nearby

def easiest(model):
    def effort(name):
        operation = model.operation_model(name)
        required = operation.input_shape.required_members if operation.input_shape else ()
        return not name.startswith(READS), len(required), name
    return min(model.operation_names, key=effort)

def outcome(client):
    model = client.meta.service_model
    name = easiest(model)
    try:
        answer = client._make_api_call(name, arguments(model.operation_model(name).input_shape))
    except ClientError as error:
        return f"{name} is refused: {error.response['Error']['Code']}"
    except ResponseParserError:  # of services that the account does not know
        return f"{name} is refused in another format"
    except Exception as error:
        return f"{name} breaks: {type(error).__name__}: {error}"
    return f"{name} is answered: {sorted(answer)}"

print(json.dumps({
    service: outcome(boto3.client(service, config=Config(retries=ONCE)))
    for service in SERVICES
}))
"""
)


def services() -> str:
    """The services that the image can call, as JSON."""
    return python(KEPT).strip()


def here(program: str, environment: dict[str, str]) -> dict[str, str]:
    """What a program finds with the botocore of the tests."""
    done = subprocess.run(
        [sys.executable, "-Ic", program],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def there(program: str, environment: dict[str, str], *options: str) -> dict[str, str]:
    """What it finds in the image."""
    given = [f"--env={name}={value}" for name, value in environment.items()]
    found: dict[str, str] = json.loads(python(program, *options, *given))
    return found


def requests_are_equal(every: int) -> None:
    """Hold each nth operation's request in the image against that of here.

    Raises `AssertionError` where they differ, or where a service has no request.
    """
    kept = services()
    environment = {"SERVICES": kept, "EVERY": str(every)}
    expected = here(REQUESTS, environment)

    assert there(REQUESTS, environment, "--network=none") == expected
    sent = [name for name, said in expected.items() if "https://" in said]
    assert {name.split(":")[0] for name in sent} == set(json.loads(kept))
    assert len(sent) > len(expected) * 0.9

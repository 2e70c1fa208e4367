"""AWS's protocols over HTTP: from bytes to an operation's parameters and back.

botocore's models say how each service writes; moto's parsers and serializers,
which read those models, do the work.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from botocore import xform_name
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug import Request, Response
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from cloudformation.refusals import Refused

SIGNED_AS = {"monitoring": "cloudwatch"}
"""Services that sign with a name that is not boto3's."""

Handle = Callable[[str, str, dict[str, Any]], dict[str, Any]]
"""Answers an operation of a service, or raises `Refused`."""


class Cut(Exception):  # noqa: N818 - what happens to the connection
    """The connection ends without an answer."""


@dataclass(frozen=True)
class Route:
    """Where a REST operation is found."""

    operation: str
    method: str
    path: re.Pattern[str]
    names: tuple[str, ...]
    query: frozenset[str]
    headers: frozenset[str]

    def matches(self, request: Request, path: str) -> re.Match[str] | None:
        """Whether the request is of this operation."""
        if request.method != self.method or not self.query <= request.args.keys():
            return None
        if any(name not in request.headers for name in self.headers):
            return None
        return self.path.fullmatch(path)


def route_of(model: OperationModel) -> Route:
    """What tells the requests of an operation from those of others."""
    path, _, query = model.http["requestUri"].partition("?")
    pattern = re.sub(r"\\{(.+?)(\\\+)?\\}", _group, re.escape(path))
    names = [name.rstrip("+") for name in re.findall(r"\{(.+?)\}", path)]
    members = model.input_shape.members if model.input_shape else {}
    needed = [
        members[n].serialization
        for n in getattr(model.input_shape, "required_members", ())
    ]
    return Route(
        operation=model.name,
        method=model.http["method"],
        path=re.compile(pattern.rstrip("/") + "/?"),
        names=tuple(names),
        query=frozenset(parse_qs(query, keep_blank_values=True)),
        headers=frozenset(s["name"] for s in needed if s.get("location") == "header"),
    )


def _group(found: re.Match[str]) -> str:
    return "(.+)" if found[2] else "([^/]+)"


class Wire:
    """The WSGI application; `operations` are those that are answered, by service."""

    def __init__(self, operations: Mapping[str, Iterable[str]], handle: Handle) -> None:
        self._handle = handle
        self._operations = {s: set(names) for s, names in operations.items()}
        self._routes: dict[str, list[Route]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer one request."""
        request = Request(environ)
        request.max_form_memory_size = None
        try:
            response = self._answer(request)
        except Cut:
            connection = environ["werkzeug.socket"]
            connection.shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError from None
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        # The scope of the signature: key, day, region, service.
        scope = request.headers.get("Authorization", "").split("/")
        signed = scope[3] if len(scope) > 3 else ""
        service = SIGNED_AS.get(signed, signed)
        if service == "apigateway" and request.path.startswith("/v2/"):
            service = "apigatewayv2"
        model = get_service_model(service)
        body = request.get_data(cache=True, parse_form_data=False)
        try:
            operation, uri = self._operation(service, model, request)
            protocol = _protocol(model)
            asked = PROTOCOL_PARSERS[protocol](operation).parse(
                {
                    "method": request.method,
                    "values": request.values,
                    "headers": request.headers,
                    "body": body,
                    "url_path": request.path,
                    "url_params": uri,
                }
            )
            given = {name: value for name, value in asked.items() if value is not None}
            answer = self._handle(service, operation.name, given)
        except Refused as refused:
            return _refusal(_protocol(model), request, refused)
        serializer = get_serializer_class(service, protocol)(operation)
        written = serializer.serialize(answer)
        length = written["headers"].pop("Content-Length", None)
        response = Response(written["body"], written["status_code"], written["headers"])
        if request.method == "HEAD" and length is not None:
            response.content_length = int(length)
        return response

    def _operation(
        self, service: str, model: ServiceModel, request: Request
    ) -> tuple[OperationModel, dict[str, str]]:
        """The operation that is asked for, and what its path holds."""
        target = request.headers.get("X-Amz-Target", "")
        name = target.rpartition(".")[2] or request.form.get("Action", "")
        if name in model.operation_names:
            return model.operation_model(name), {}
        path = str(request.environ.get("RAW_URI", request.path)).partition("?")[0]
        for route in self._routes_of(service, model):
            if found := route.matches(request, path):
                values = map(unquote, found.groups())
                uri = dict(zip(route.names, values, strict=True))
                return model.operation_model(route.operation), uri
        raise Refused("InvalidAction", f"no {request.method} {path} at {service}", 501)

    def _routes_of(self, service: str, model: ServiceModel) -> list[Route]:
        """Those of a service, the most particular first."""
        if service not in self._routes:
            routes = [
                route_of(model.operation_model(name))
                for name in model.operation_names
                if xform_name(name) in self._operations.get(service, ())
            ]
            routes.sort(key=lambda r: -len(r.query) - len(r.headers))
            self._routes[service] = routes
        return self._routes[service]


def _protocol(model: ServiceModel) -> str:
    known: list[str] = model.metadata.get("protocols", [model.protocol])
    return next(name for name in known if name in PROTOCOL_PARSERS)


def _refusal(protocol: str, request: Request, refused: Refused) -> Response:
    """An error as its protocol writes it; many of the codes stand in no model."""
    if "json" in protocol:
        body = json.dumps({"__type": refused.code, "message": refused.message})
        kind = "application/json"
    else:
        said = (
            f"<Code>{refused.code}</Code><Message>{escape(refused.message)}</Message>"
        )
        s3 = protocol == "rest-xml"
        body = f"<Error>{said}</Error>"
        body = body if s3 else f"<ErrorResponse>{body}</ErrorResponse>"
        kind = "text/xml"
    headers = {"x-amzn-ErrorType": refused.code, "Content-Type": kind}
    return Response("" if request.method == "HEAD" else body, refused.status, headers)


class _Quiet(WSGIRequestHandler):
    """Writes no log, and lets nobody hear of a connection that was cut."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


class Serving:
    """The application on a free port of the loopback, until it is closed."""

    def __init__(self, wire: Wire) -> None:
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", 0, wire, threaded=True, request_handler=_Quiet
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.daemon = True
        self._thread.start()

    @property
    def url(self) -> str:
        """What to hand to boto3 as `endpoint_url`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop, and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

"""Proxies: when they are asked, what for, and what they are never told."""

from __future__ import annotations

from pathlib import Path

import pytest
from probe.certificates import authority, signed
from probe.servers import Asked, Server, Tunnel, answering, reply, saying, silent

from flowguard.model.exchange import Fault, FaultKind, Request, Response, Tls
from flowguard.probe import Probe
from flowguard.probe.address import parse
from flowguard.probe.proxies import Proxies

CREDENTIALS = "me:s3cret"
BASIC = "Basic bWU6czNjcmV0"


def tell(asked: Asked) -> bytes:
    """What arrived."""
    lines = [f"{asked.method} {asked.target}", *map("=".join, asked.headers.items())]
    return reply("\n".join(lines).encode())


def test_plain_request_is_asked_of_the_proxy() -> None:
    with Server(answering(tell)) as proxy:
        environment = {"http_proxy": f"http://{CREDENTIALS}@{proxy.authority}"}
        with Probe(environment=environment) as probe:
            came = probe(Request("GET", "http://api.test/x?y=1"))

    assert isinstance(came, Response)
    assert came.body.decode().splitlines() == [
        "GET http://api.test/x?y=1",
        "host=api.test",
        "user-agent=flowguard",
        "accept=*/*",
        "accept-encoding=gzip, deflate",
        f"proxy-authorization={BASIC}",
    ]
    assert came.address == proxy.authority


def test_secured_request_goes_through_a_tunnel(tmp_path: Path) -> None:
    ca = authority(tmp_path)
    tls = Tls(ca_file=str(ca.path))
    serving = signed(ca, tmp_path, "api.test").serving()
    with Server(answering(tell), tls=serving) as server:
        tunnel = Tunnel(server)
        with Server(tunnel) as proxy:
            environment = {"HTTPS_PROXY": f"{CREDENTIALS}@{proxy.authority}"}
            with Probe(environment=environment) as probe:
                came = probe(Request("GET", "https://api.test/x", tls=tls))
                again = probe(Request("GET", "https://api.test/x", tls=tls))

    assert isinstance(came, Response)
    assert isinstance(again, Response)
    assert came.body.startswith(b"GET /x\nhost=api.test\n")
    assert b"proxy" not in came.body
    assert came.certificate is not None
    assert [(each.method, each.target) for each in tunnel.asked] == [
        ("CONNECT", "api.test:443")
    ]
    assert tunnel.asked[0].headers["proxy-authorization"] == BASIC


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "said",
    [reply(status="407 Proxy Authentication Required"), b"garbage\r\n\r\n", b""],
    ids=["407", "garbage", "nothing"],
)
def test_proxy_that_refuses_is_named_and_its_password_is_not(
    scheme: str, said: bytes
) -> None:
    with Server(saying(said)) as proxy:
        url = f"http://{CREDENTIALS}@{proxy.authority}"
        with Probe(environment={"all_proxy": url}) as probe:
            came = probe(Request("GET", f"{scheme}://api.test/"))

    assert isinstance(came, Fault)
    tunnelled = scheme == "https" or b"407" in said
    assert came.kind is (FaultKind.PROXY if tunnelled else FaultKind.PROTOCOL)
    assert "s3cret" not in came.message


def test_proxy_that_is_not_there_is_not_the_service_refusing() -> None:
    with Server(silent) as proxy:
        pass
    with Probe(environment={"http_proxy": proxy.url}) as probe:
        came = probe(Request("GET", "http://api.test/"))

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.PROXY
    assert came.message == (
        "api.test:80: the proxy cannot be reached: the connection is refused"
    )


def test_silent_proxy_is_given_up() -> None:
    with (
        Server(silent) as proxy,
        Probe(environment={"https_proxy": proxy.url}) as probe,
    ):
        came = probe(Request("GET", "https://api.test/", connect_timeout=0.3))

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.PROXY
    assert came.message.endswith("gave up after 0.3 s, while waiting for the proxy")


@pytest.mark.parametrize(
    "url", ["https://proxy.test:3128", "socks5://p.test", "http://"]
)
def test_proxy_that_is_not_spoken_to_is_named(url: str) -> None:
    with Probe(environment={"http_proxy": url}) as probe:
        came = probe(Request("GET", "http://api.test/"))

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.PROXY


def test_other_address_to_connect_to_leads_past_the_proxy() -> None:
    with (
        Server(answering(tell)) as server,
        Probe(environment={"http_proxy": "http://nobody.invalid"}) as probe,
    ):
        request = Request("GET", "http://api.test/", connect_to=server.authority)
        came = probe(request)

    assert isinstance(came, Response)


@pytest.mark.parametrize(
    ("spared", "url", "asked"),
    [
        ("", "http://api.test", True),
        ("", "http://localhost:8080", False),
        ("", "http://127.0.0.9", False),
        ("", "http://[::1]", False),
        ("*", "http://api.test", False),
        ("api.test", "http://api.test", False),
        ("test", "http://api.test", False),
        (".test, other", "http://api.test", False),
        ("*.test", "http://api.test", False),
        ("pi.test", "http://api.test", True),
        ("API.test", "http://api.test", False),
        ("api.test:80", "http://api.test", False),
        ("api.test:81", "http://api.test", True),
        ("10.0.0.0/8", "http://10.1.2.3", False),
        ("10.0.0.0/8", "http://11.1.2.3", True),
        ("10.1.2.3", "http://10.1.2.3:99", False),
        ("fd00::/8", "http://[fd00::7]", False),
        ("10.0.0.0/8", "http://api.test", True),
    ],
)
def test_spared_hosts_are_asked_directly(spared: str, url: str, asked: bool) -> None:
    proxies = Proxies({"http_proxy": "http://proxy.test", "no_proxy": spared})

    assert (proxies.of(parse(url).origin) is not None) == asked


def test_header_of_a_cgi_script_names_no_proxy() -> None:
    environment = {"HTTP_PROXY": "http://evil.test", "REQUEST_METHOD": "GET"}
    proxies = Proxies(environment)

    assert proxies.of(parse("http://api.test").origin) is None

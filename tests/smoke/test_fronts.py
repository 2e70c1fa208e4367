"""Which answers are of a service's front, that refuses this runner."""

from __future__ import annotations

import pytest

from flowguard.model.exchange import Response
from flowguard.smoke.fronts import Refusal, refusal

CLOUDFRONT = b"""<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY>
<H1>403 ERROR</H1> Request blocked. We can't connect to the server for this app.
</BODY></HTML>"""
BALANCER = (
    b"<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n"
    b"<center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>"
)


def answer(status: int = 403, body: bytes = b"", **headers: str) -> Response:
    """An answer."""
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(status, headers=pairs, body=body)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (answer(202, x_amzn_waf_action="challenge"), Refusal.CHALLENGE),
        (answer(405, x_amzn_waf_action="captcha"), Refusal.CHALLENGE),
        (answer(403, cf_mitigated="challenge"), Refusal.CHALLENGE),
        (answer(body=CLOUDFRONT, Server="CloudFront"), Refusal.NAMED),
        (answer(body=BALANCER, Server="awselb/2.0"), Refusal.NAMED),
        (answer(body=b"error code: 1020", Server="cloudflare"), Refusal.NAMED),
        (answer(body=BALANCER, Server="nginx"), Refusal.LIKELY),
        (
            answer(
                body=b'{"message":"Forbidden"}', x_amzn_ErrorType="ForbiddenException"
            ),
            Refusal.LIKELY,
        ),
        (
            answer(
                body=b'{"message":"Missing Authentication Token"}',
                x_amzn_ErrorType="MissingAuthenticationTokenException",
            ),
            None,
        ),
        (answer(body=b'{"message": "Forbidden"}'), None),
        (
            answer(
                body=b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"
            ),
            None,
        ),
        (answer(), None),
        (answer(404, body=BALANCER, Server="awselb/2.0"), None),
        (answer(200, body=CLOUDFRONT), None),
        (answer(body=b"\xff\xfe\x00" * 9000), None),
    ],
)
def test_what_an_answer_is(found: Response, expected: Refusal | None) -> None:
    assert refusal(found) is expected

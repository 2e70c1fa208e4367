"""Whether the scripts, style sheets and images of a page are there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlsplit

from flowguard.errors import ConfigError
from flowguard.model.exchange import Fault, Request, Response
from flowguard.model.smoke import Mismatch
from flowguard.smoke import body, encode
from flowguard.smoke.evaluation import Evaluation
from flowguard.smoke.expectation import Expect
from flowguard.smoke.request import RequestSpec
from flowguard.smoke.runner.session import Session
from flowguard.smoke.urls import origin

AT_ONCE = 6
"""How many are fetched side by side, as browsers do it for one host."""
REDIRECTS = 5
TOO_MANY = 429
"""Too Many Requests (RFC 6585, 4)."""
LARGEST = 1024
"""Bytes of an asset that are read: that it comes is enough."""
HTML = frozenset({"text/html", "application/xhtml+xml"})


def judge(
    session: Session, expect: Expect, request: Request, page: Response
) -> Evaluation:
    """Fetch what the page names, and say what is missing.

    What was there once is not fetched again in a run. Nobody is signed in for it,
    and the suite's headers go to the base's own origin alone. Of a page that came
    with a status of its own, such as an error's, nothing is fetched.
    """
    expected = any(low <= page.status <= high for low, high in expect.status)
    if expect.page is None or not expect.page.assets or not expected:
        return Evaluation()
    from flowguard.smoke.page import assets, code

    page = replace(page, url=page.url or request.url)
    urls = [url for url in assets(page) if url not in session.assets]
    if not urls:
        return Evaluation()
    loaded = code(page)
    with ThreadPoolExecutor(min(len(urls), AT_ONCE)) as pool:
        found = pool.map(
            lambda url: _asset(session, request, page.url, url, code=url in loaded),
            urls,
        )
        return sum(found, Evaluation())


def _asset(
    session: Session, page: Request, page_url: str, url: str, *, code: bool
) -> Evaluation:
    name = _name(page_url, url)
    try:
        request = _request(session, page, url)
    except ConfigError as error:
        return _missing(name, str(error))
    answer = session.send(request).answer
    if isinstance(answer, Fault):
        said = f"got no answer: {answer.message}"
        if answer.kind.ours or not session.online():
            return Evaluation(unmeasured=(f"{name} {said}",))
        return _missing(name, said)
    if answer.status == TOO_MANY:
        return Evaluation(unmeasured=(f"{name} is throttled: HTTP {answer.status}",))
    if answer.status // 100 != 2:  # noqa: PLR2004 — 2xx, it is there
        return _missing(name, f"answers {answer.status}")
    kind = body.media_type(answer)
    if code and kind in HTML:
        # A single-page app's host answers all that it does not know with its page.
        return _missing(name, f"answers {answer.status} with a page, {kind}")
    session.assets.add(url)
    return Evaluation()


def _request(session: Session, page: Request, url: str) -> Request:
    """Raises `ConfigError` for what is no URL."""
    suite, tls = session.suite, page.tls
    own = bool(suite.base) and origin(url) == origin(suite.base)
    if not own:
        tls = replace(tls, client_certificate="", client_key="")
    request = encode.request(
        RequestSpec("GET", url, redirects=REDIRECTS),
        headers=suite.headers if own else (),
        timeout=page.timeout,
        connect_timeout=page.connect_timeout,
        tls=tls,
    )
    return replace(request, max_body=LARGEST)


def _missing(name: str, actual: str) -> Evaluation:
    return Evaluation((Mismatch(name, "is there", actual),))


def _name(page: str, url: str) -> str:
    """Its path on the page's own host, else where it is; without its query."""
    here, there = urlsplit(page), urlsplit(url)
    host = there.netloc.rpartition("@")[2]
    same = (here.scheme, here.netloc) == (there.scheme, there.netloc)
    path = there.path or "/"
    return f"asset {body.cut(path if same else f'{there.scheme}://{host}{path}')}"

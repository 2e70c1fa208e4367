"""What a deploy can do to the backend."""

from __future__ import annotations

from enum import Enum


class Break(Enum):
    """A way in which the backend is broken; its value says what somebody did."""

    # -- who is let in
    AUTHORIZER_GONE = "a route lost its authorizer"
    AUTHORIZER_DENIES = "the authorizer's own role was taken away: it denies everybody"
    WRONG_AUDIENCE = "the authorizer expects the tokens of another app client"
    SOMEBODY_ELSE = "the identity is read from the wrong claim"
    LOGIN_CRASHES = "the login calls a pool that is not there"
    LOGIN_TAKES_ANYBODY = "the password is not compared any more"

    # -- what the health document says
    TABLE_DOWN = "the table is gone; the document says so, with 200"
    BUCKET_DOWN = "the bucket's policy denies; the document says so, with 503"
    POOL_DOWN = "the pool's id is of another stage"
    MIGRATIONS_PENDING = "the migrations were not run"
    MIGRATIONS_UNREPORTED = "the health document was rewritten without the migrations"
    DEGRADED = "the bucket answers slowly, as the document says"
    HEALTH_IS_A_PAGE = "the frontend's index answers for /health"

    # -- which release answers
    OLD_RELEASE = "the alias was not moved: the old release answers"
    MIXED_RELEASES = "one alias is moved half: every second answer is of the old code"
    HEALTH_CACHED = "a cache before the API keeps the health document"

    # -- what it does
    LIST_CRASHES = "the list of users asks an index that is not there"
    LIST_ENDLESS = "the list of users knows no limit any more"
    CREATE_CRASHES = "the role may not write the table"
    CREATE_ANSWERS_OTHERWISE = "a new user is answered with `userId` for `id`"
    CREATE_LOSES = "a new user is written to the table of another stage"
    DELETE_CRASHES = "the role may not delete items"
    DELETE_KEEPS = "deleting says that it is done, and does nothing"
    ROUTE_LOST = "the route of the users was dropped from the template"
    REDIRECTS = "a new middleware sends whoever asks to the login page"
    CORS_GONE = "the route lost `cors: true`"

    # -- what it answers
    HALF_FAIL = "one of two instances is broken: half of the answers are 502"
    PLANS_EMPTY = "the plans' table was made anew"
    PRICE_IS_TEXT = "prices are texts since they come from another table"
    CURRENCY_GONE = "the plans have no currency any more"
    GARBAGE = "what is answered as JSON is none"
    CUT_SHORT = "the connection breaks in the middle of the answer"
    EMPTY = "the answer has no body"
    HTML_TYPE = "JSON is answered as text/html"
    LATIN_1 = "JSON is answered in Latin 1"
    HEADERS_GONE = "the middleware that sets the security headers is gone"

    # -- how long it takes
    SLOW = "the plans are read by a scan"
    SLOWER = "the plans are read from another region"
    ALL_SLOW = "the function has too little memory"
    HANGS = "the users' table is not reachable from the function's subnet"

    # -- whether it answers at all
    THROTTLED = "the function has no concurrency left: 429 to everybody"
    DOWN = "nobody listens"

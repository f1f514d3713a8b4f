"""Manners for the HTTP library that Apprise's services speak through: nothing of the environment, no redirect, bounded answers.

``HTTP_PROXY`` would be shown what is said over plain HTTP, ``.netrc`` sends passwords that nobody configured here, a redirect
leads a message and its token elsewhere, and an answer is unpacked without end: 265 bytes of gzip in gzip fill a gigabyte.
"""

from __future__ import annotations

from typing import Any

MOST_BYTES = 1_000_000
"""Of an answer, as it travels; nothing is unpacked."""


def teach_manners() -> None:
    """From now on, whoever uses the library in this process. To be called before Apprise is imported."""
    import requests
    from urllib3.exceptions import HTTPError

    if hasattr(requests.sessions.Session, "mannerly"):
        return

    class Session(requests.Session):
        """What each of the library's functions makes anew for one request."""

        mannerly = True

        def __init__(self) -> None:
            super().__init__()
            self.trust_env = False

        def get_redirect_target(self, resp: Any) -> None:
            """None: a redirect is an answer like any other."""

        def send(self, request: Any, **how: Any) -> Any:
            request.headers["Accept-Encoding"] = "identity"
            answer = super().send(request, **{**how, "stream": True})
            try:
                answer._content = answer.raw.read(MOST_BYTES, decode_content=False)  # noqa: SLF001  there is no other way in
            except HTTPError as error:
                raise requests.ConnectionError(error, request=request) from error
            finally:
                answer.close()
            answer._content_consumed = True  # noqa: SLF001  else it would be read again, unbounded
            return answer

    requests.sessions.Session = requests.Session = Session  # type: ignore[misc]  # replacing it is the point

"""Services that answer strangers and should not: databases, remote control, control panels without encryption."""

from __future__ import annotations

from scanner import Access, Closed, Finding, Greeting, OpenPorts, ServicePort, Severity, Unavailable, Verdict, check, judge

_PANELS = frozenset({"cpanel", "plesk", "directadmin", "webmin"})


@check("service-exposed", severity=Severity.CRITICAL)
def service_exposed(ports: OpenPorts) -> Verdict:
    """A service that should be closed to strangers answers from outside."""
    open_ = [Finding(port.place, text) for port in ports.ports if (text := _shown(port))]
    told = [port for port in ports.ports if not isinstance(port.answer, Unavailable)]
    missing = [port.answer.because for port in ports.ports if isinstance(port.answer, Unavailable)]
    shut = sum(isinstance(port.answer, Closed) for port in told)
    return judge(
        open_, [port.place for port in told], missing, f"{len(told)} services looked for: {shut} ports closed, nothing left open."
    )


def _shown(port: ServicePort) -> str:
    """What is left open there; empty where nothing is, or where it cannot be told."""
    if not isinstance(port.answer, Greeting) or port.answer.access not in {Access.FREE, Access.LOGIN}:
        return ""
    answers = f"{port.answer.program} answers everybody on port {port.port}"
    if port.answer.access is Access.FREE:
        return f"{answers}, without a password. Act today: whoever finds it can read and change what is in it."
    if port.service in _PANELS:
        where = f"The login page of {port.answer.program} answers on port {port.port} without encryption"
        return f"{where}: a password typed there travels in clear."
    return f"{answers}. We tried no login: the greeting is proof enough that anybody can try."

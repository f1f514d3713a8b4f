from __future__ import annotations

import pytest

from checks.services.exposed import service_exposed
from scanner import Access, Closed, Found, Greeting, Inconclusive, OpenPorts, Passed, ServicePort, Unavailable
from scanner.testing import HOST, NOW

SHUT = Closed("The shop refuses connections.")
USUAL = {"mysql": 3306, "redis": 6379, "cpanel": 2082}


def ports(**answers: Greeting | Closed | Unavailable) -> OpenPorts:
    """All closed but what is given."""
    return OpenPorts(HOST, tuple(ServicePort(name, port, answers.get(name, SHUT)) for name, port in USUAL.items()), NOW)


def test_all_closed() -> None:
    verdict = service_exposed(ports())
    assert isinstance(verdict, Passed)
    assert verdict.examined == ("cpanel:2082", "mysql:3306", "redis:6379")
    assert verdict.because == "3 services looked for: 3 ports closed, nothing left open."


def test_without_a_password() -> None:
    verdict = service_exposed(ports(redis=Greeting(Access.FREE, "Redis")))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert finding.subject == "redis:6379"
    assert finding.places == ("redis:6379",)
    assert "without a password" in finding.shown


def test_with_a_login() -> None:
    verdict = service_exposed(ports(mysql=Greeting(Access.LOGIN, "MariaDB 10.11.6-MariaDB")))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == "mysql:3306"
    assert "MariaDB 10.11.6" in verdict.findings[0].shown
    assert "without a password" not in verdict.findings[0].shown


def test_the_subject_does_not_change_with_the_version() -> None:
    old, new = (service_exposed(ports(mysql=Greeting(Access.LOGIN, f"MySQL {version}"))) for version in ("8.0.1", "8.0.2"))
    assert isinstance(old, Found)
    assert isinstance(new, Found)
    assert old.findings[0].subject == new.findings[0].subject


def test_a_panel_without_encryption() -> None:
    verdict = service_exposed(ports(cpanel=Greeting(Access.LOGIN, "cPanel")))
    assert isinstance(verdict, Found)
    assert "without encryption" in verdict.findings[0].shown


@pytest.mark.parametrize("access", [Access.REFUSED, Access.OTHER])
def test_turned_away_or_somebody_else(access: Access) -> None:
    assert isinstance(service_exposed(ports(mysql=Greeting(access, "MySQL"))), Passed)


def test_unknown_stays_unknown() -> None:
    verdict = service_exposed(ports(mysql=Unavailable("Something accepts connections on port 3306 and says nothing.")))
    assert isinstance(verdict, Inconclusive)
    assert verdict.examined == ("cpanel:2082", "redis:6379")


def test_a_finding_is_not_hidden_by_what_is_unknown() -> None:
    verdict = service_exposed(ports(mysql=Unavailable("silent"), redis=Greeting(Access.FREE, "Redis")))
    assert isinstance(verdict, Found)
    assert "mysql:3306" not in verdict.examined


def test_no_ports_at_all() -> None:
    assert isinstance(service_exposed(OpenPorts(HOST, (), NOW)), Passed)

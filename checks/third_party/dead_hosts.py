"""Scripts from a domain that nobody owns any more: whoever registers it runs his own in the shop."""

from __future__ import annotations

from checks.third_party.hosts import host_of
from scanner import Finding, Page, Pages, ScriptHost, ScriptHosts, Severity, Unavailable, Verdict, check, judge

MOST_LOCATIONS = 10


@check("script-host-unregistered", severity=Severity.CRITICAL, area="third-party")
def script_host_unregistered(pages: Pages, script_hosts: ScriptHosts) -> Verdict:
    """Pages load a script from a domain that is free for anybody to register."""
    findings, missing, dead = [], [], []
    undecided = set(script_hosts.left_out)
    for one in script_hosts.hosts:
        if _is_free(one, script_hosts):
            users = _users(pages, one.host)
            shown = (
                f"{one.host} has no address, and the domain {one.domain} is registered to nobody. Whoever registers it decides "
                f"what runs on {'this page' if len(users) == 1 else f'these {len(users)} pages'}."
            )
            locations = tuple(page.address for page in users)[:MOST_LOCATIONS]
            findings.append(Finding(one.host, shown, locations, tuple(page.path for page in users)))
        elif (why := _unknown(one)) is not None:
            missing.append(why)
            undecided.add(one.host)
        elif one.resolves is False:
            dead.append(one.host)
    if script_hosts.left_out:
        missing.append(f"The pages load scripts from so many hosts that {len(script_hosts.left_out)} were not looked up.")
    examined = (page.path for page in pages.all if not any(host_of(script.src) in undecided for script in page.scripts))
    return judge(findings, examined, missing, _note(dead))


def _is_free(one: ScriptHost, hosts: ScriptHosts) -> bool:
    """Both must say no: the system's resolver to the host, the name servers to its domain, and their no must be worth a thing."""
    return hosts.doubt is None and bool(one.domain) and one.resolves is False and one.registered is False


def _unknown(one: ScriptHost) -> str | None:
    """Why nobody can tell; a host whose name no one can register is no danger."""
    if isinstance(one.resolves, Unavailable):
        return one.resolves.because
    if one.resolves or not one.domain or one.registered is True:
        return None
    return one.registered.because if isinstance(one.registered, Unavailable) else "The name servers' answers prove nothing here."


def _users(pages: Pages, host: str) -> list[Page]:
    return [page for page in pages.all if any(host_of(script.src) == host for script in page.scripts)]


def _note(dead: list[str]) -> str | None:
    """A host without an address below a domain that somebody owns only costs time."""
    if not dead:
        return None
    return f"{', '.join(dead[:3])} has no address any more, though its domain is somebody's: take the script out, it costs time."

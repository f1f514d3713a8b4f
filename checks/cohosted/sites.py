"""Other sites of the owner's on the same server: names in the certificate that lead to the shop's own address.

Subject and place are the name.
"""

from __future__ import annotations

from scanner import CertificateNames, Confidence, Finding, Severity, Unavailable, Verdict, check, judge


@check("cohosted-site", severity=Severity.INFO)
def cohosted_site(names: CertificateNames) -> Verdict:
    """Another site of the same domain answers from the shop's address."""
    found, examined, missing = [], [], list(names.unread)
    for other in names.others:
        if isinstance(other.addresses, Unavailable):
            missing.append(other.addresses.because)
            continue
        examined.append(other.name)
        if shared := [address for address in other.addresses if address in names.addresses]:
            shown = f"{other.name} leads to the shop's own address, {shared[0]}"
            found.append(Finding(other.name, shown, (f"https://{other.name}/",), (other.name,), Confidence.PROBABLE))
    if names.left_out:
        missing.append(f"The certificate holds {names.left_out} more names of this domain than are looked up.")
    return judge(found, examined, missing, _strangers(names.strangers))


def _strangers(count: int) -> str | None:
    """What a pass says of names that may be anybody's."""
    if not count:
        return None
    names = "a name of another domain" if count == 1 else f"{count} names of other domains"
    return f"The certificate also holds {names}. They may be strangers', so they were not looked up."

"""Evidence: frozen values that hold what was seen and judge nothing. This package imports nothing else of ours."""

from scanner.evidence.answer import Answer, Chain
from scanner.evidence.arrival import Arrival, Welcome
from scanner.evidence.backup_sets import backups_in, updraft_sets
from scanner.evidence.backups import BackupContent, BackupFile, BackupPart, BackupPlace, Backups
from scanner.evidence.certificate_names import CertificateNames, OtherName
from scanner.evidence.cross_origin import CrossOrigin, CrossOriginAnswer
from scanner.evidence.dns import DnsAnswer, DnsLookup, Existence, Security
from scanner.evidence.entrances import Closed, Entrance, Entrances, ReadByHttps
from scanner.evidence.ftp import FtpReply, FtpServer, ImplicitFtps
from scanner.evidence.installations import UNKNOWN, Installation, Installations, Version
from scanner.evidence.listings import Listed, Listings, Unlisted, Unlooked
from scanner.evidence.loaded_files import FileKind, LoadedFile, LoadedFiles, ScriptHost, ScriptHosts
from scanner.evidence.mail import (
    CertificateDigests,
    Mail,
    MailDomain,
    MailEncryption,
    MailServer,
    MailTalk,
    StsPolicy,
)
from scanner.evidence.names import Dnssec, Fate, Lead, Names, Registration
from scanner.evidence.owner import Account, OwnersRecord, Person, Review, TeamMember
from scanner.evidence.pages import (
    PROGRAMS,
    Cookie,
    Field,
    Form,
    Link,
    Page,
    PageKind,
    Pages,
    Resource,
    Robots,
    Script,
    Unread,
)
from scanner.evidence.ports import Access, Greeting, OpenPorts, ServicePort
from scanner.evidence.probes import Known, Probe, Probed, Probes, Proof
from scanner.evidence.ssh import SshAlgorithms, SshServer
from scanner.evidence.tls import Certificate, TlsCipher, TlsEndpoint, TlsProtocol, TlsScan, TlsWeakness
from scanner.evidence.unavailable import Unavailable

__all__ = [
    "PROGRAMS",
    "UNKNOWN",
    "Access",
    "Account",
    "Answer",
    "Arrival",
    "BackupContent",
    "BackupFile",
    "BackupPart",
    "BackupPlace",
    "Backups",
    "Certificate",
    "CertificateDigests",
    "CertificateNames",
    "Chain",
    "Closed",
    "Cookie",
    "CrossOrigin",
    "CrossOriginAnswer",
    "DnsAnswer",
    "DnsLookup",
    "Dnssec",
    "Entrance",
    "Entrances",
    "Existence",
    "Fate",
    "Field",
    "FileKind",
    "Form",
    "FtpReply",
    "FtpServer",
    "Greeting",
    "ImplicitFtps",
    "Installation",
    "Installations",
    "Known",
    "Lead",
    "Link",
    "Listed",
    "Listings",
    "LoadedFile",
    "LoadedFiles",
    "Mail",
    "MailDomain",
    "MailEncryption",
    "MailServer",
    "MailTalk",
    "Names",
    "OpenPorts",
    "OtherName",
    "OwnersRecord",
    "Page",
    "PageKind",
    "Pages",
    "Person",
    "Probe",
    "Probed",
    "Probes",
    "Proof",
    "ReadByHttps",
    "Registration",
    "Resource",
    "Review",
    "Robots",
    "Script",
    "ScriptHost",
    "ScriptHosts",
    "Security",
    "ServicePort",
    "SshAlgorithms",
    "SshServer",
    "StsPolicy",
    "TeamMember",
    "TlsCipher",
    "TlsEndpoint",
    "TlsProtocol",
    "TlsScan",
    "TlsWeakness",
    "Unavailable",
    "Unlisted",
    "Unlooked",
    "Unread",
    "Version",
    "Welcome",
    "backups_in",
    "updraft_sets",
]

"""What gatherers may be handed besides evidence."""

from __future__ import annotations

from scanner.gatherers.backups.places import BackupPlan
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.http.third_party import ForeignHosts
from scanner.gatherers.letters.letters import LetterPlan
from scanner.gatherers.mail.mail import MailPlan
from scanner.gatherers.mail.servers import MailServers
from scanner.gatherers.names.names import NamesPlan
from scanner.gatherers.net.connector import Connector
from scanner.gatherers.net.dns import Lookups
from scanner.gatherers.owner.register import OwnerPlan
from scanner.gatherers.probing.probes import ProbePlan
from scanner.gatherers.tls.tls_scan import TrustStore
from scanner.platforms import Knowledge
from scanner.scope.focus import Focus
from scanner.scope.target import Target
from scanner.text.clock import Clock

TOOLS: tuple[type, ...] = (
    Fetcher,
    ForeignHosts,
    Target,
    Connector,
    Clock,
    Focus,
    Knowledge,
    ProbePlan,
    BackupPlan,
    OwnerPlan,
    LetterPlan,
    TrustStore,
    Lookups,
    MailPlan,
    MailServers,
    NamesPlan,
)

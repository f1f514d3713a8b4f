"""What is known of each shop platform and of the scripts found beside shops: facts as data, one TOML a platform.

``platforms()`` and ``generic()`` read the files once, when first asked; ``recognise`` and ``support_of`` are pure.
The format of the files is described in ``scanner.platforms.loading``.
"""

from scanner.platforms.loading import (
    AdminPath,
    Branch,
    Door,
    Generic,
    Installer,
    Mark,
    Platform,
    VersionSource,
    generic,
    platforms,
    read_platform,
    software,
)
from scanner.platforms.recognition import Recognised, recognise
from scanner.platforms.support import Standing, Support, is_newer, latest_branch, support_of

__all__ = [
    "AdminPath",
    "Branch",
    "Door",
    "Generic",
    "Installer",
    "Mark",
    "Platform",
    "Recognised",
    "Standing",
    "Support",
    "VersionSource",
    "generic",
    "is_newer",
    "latest_branch",
    "platforms",
    "read_platform",
    "recognise",
    "software",
    "support_of",
]

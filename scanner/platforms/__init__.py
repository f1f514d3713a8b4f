"""What is known of each shop platform and of the scripts found beside shops: facts as data, one TOML a platform, as values.

Nothing here reads a file: ``scanner.platforms.loading`` does, once, where the program begins.
"""

from scanner.platforms.knowledge import PLATFORMS, Knowledge, Table
from scanner.platforms.libraries import Library, LibraryTable, Sighting
from scanner.platforms.support import Branch, Standing, Support, SupportTable, is_newer
from scanner.platforms.values import SETTING_UP, AdminPath, Door, Generic, Installer, Mark, Platform, VersionSource, Way

__all__ = [
    "PLATFORMS",
    "SETTING_UP",
    "AdminPath",
    "Branch",
    "Door",
    "Generic",
    "Installer",
    "Knowledge",
    "Library",
    "LibraryTable",
    "Mark",
    "Platform",
    "Sighting",
    "Standing",
    "Support",
    "SupportTable",
    "Table",
    "VersionSource",
    "Way",
    "is_newer",
]

"""The web applications that lie beside shops, as Debian packages them: unpacked by ``tests/setup.sh``, set up here, run by php-cgi
behind real Apache and nginx. Nothing is installed on the machine, and no application can call anybody."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
import trustme

from scanner.engine.scan import Order, Scan, scan
from scanner.gatherers.net.resolver import NoSuchName
from scanner.scope.target import SERVICES, Target
from scanner.settings.options import ScanOptions
from tests.patience import PATIENCE
from tests.scanning import catalogue
from tests.servers.processes import binary, free_port, needs, running
from tests.servers.test_exposed import as_nobody, mariadb
from tests.servers.web import APACHE_MODULES, FIXTURES, HOST, LAYOUT

UNPACKED = Path(__file__).parent.parent / ".cache" / "software"
APPLICATIONS: Mapping[str, str] = {
    "adminer": "usr/share/adminer",
    "dokuwiki": "usr/share/dokuwiki",
    "mediawiki": "usr/share/mediawiki",
    "phpmyadmin": "usr/share/phpmyadmin",
    "roundcube": "var/lib/roundcube",
    "wordpress": "usr/share/wordpress",
}
"""Platform → the folder of its package that an owner would upload."""

_SAYS_ITSELF = {
    "adminer": ("usr/share/adminer/adminer.php", r"@version (\S+)"),
    "dokuwiki": ("usr/share/dokuwiki/VERSION", r"^(\S+)"),
    "mediawiki": ("usr/share/mediawiki/includes/Defines.php", r"'MW_VERSION', '([^']+)'"),
    "phpmyadmin": ("usr/share/phpmyadmin/libraries/classes/Version.php", r"VERSION = '([0-9.]+)"),
    "roundcube": ("usr/share/roundcube/program/include/iniset.php", r"'RCMAIL_VERSION', '([^']+)'"),
    "wordpress": ("usr/share/wordpress/wp-includes/version.php", r"wp_version = '([^']+)'"),
}
AREAS = ("admin", "cohosted", "exposure", "versions")
SHOP = LAYOUT.format(title="Petal & Stem", text="Flowers from growers we know by name.")
PASSWORD = "violets and tulips"

_ABSOLUTE = re.compile(
    rb"(?<=['\"])/(?=(?:usr/share|etc|var/(?:lib|cache|log))/(?:wordpress|phpmyadmin|dokuwiki|mediawiki|roundcube|php|javascript)\b)"
)
_CALLS = (
    "curl_exec", "curl_multi_exec", "fsockopen", "pfsockopen", "stream_socket_client", "socket_connect", "dns_get_record",
    "gethostbyname", "gethostbynamel",
)  # fmt: skip
"""What PHP programs call out with: replaced by functions of the same names that fail."""
_BASE = """$inside = substr(realpath($_SERVER['SCRIPT_FILENAME'] ?? __FILE__), strlen('{folder}'));
$base = isset($_SERVER['HTTP_HOST']) ? substr($_SERVER['SCRIPT_NAME'], 0, -strlen($inside)) : '';
"""
"""PHP: the path that the folder is seen at, so that one set-up serves every site."""


@dataclass(frozen=True)
class Site:
    """A site: path → application. Where none is in its root, the shop's own page is."""

    name: str
    applications: Mapping[str, str]


@dataclass(frozen=True)
class Hosting:
    """The running servers: folder, and each site's https port."""

    folder: Path
    ports: Mapping[str, int]

    async def scan(self, site: str, base: str = "/", areas: Sequence[str] = AREAS) -> Scan:
        """What the product sees of one site, rules of these areas only."""
        loaded = catalogue()
        ports = {**dict.fromkeys(SERVICES, 1), "https": self.ports[site]}
        target = Target.of(f"https://{HOST}{base}", ports=ports, resolve={HOST: ("127.0.0.1",)}, allow_private=True)
        rules = tuple(rule.id for rule in loaded.rules_of(loaded.chosen()) if rule.area in areas)

        async def resolve(host: str) -> tuple[str, ...]:
            raise NoSuchName(host)

        options = ScanOptions(rate=500, ca_file=self.folder / "ca.pem")
        return await scan(Order(target, rules, options), loaded, resolve=resolve)

    def ask(self, site: str, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Status and text; the form is posted."""
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", self.ports[site], timeout=PATIENCE, context=context)
        headers = {"Host": HOST, **({"Content-Type": "application/x-www-form-urlencoded"} if form else {})}
        with contextlib.closing(connection):
            connection.request("POST" if form else "GET", path, urlencode(form) if form else None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(1_000_000).decode(errors="replace")


def version_of(application: str) -> str:
    """The version that the unpacked application is, by its own source."""
    file, pattern = _SAYS_ITSELF[application]
    match = re.search(pattern, (UNPACKED / file).read_text(errors="replace"))
    assert match, file
    return match[1]


def needs_software(*servers: str) -> None:
    """Skip where something is missing."""
    needs("php", "php-cgi", "mariadbd", *servers)
    if not (UNPACKED / ".done").exists():
        pytest.skip("the applications are not unpacked (tests/setup.sh)")


@contextlib.contextmanager
def hosting(servers: Sequence[str], sites: Sequence[Site], folder: Path) -> Iterator[Mapping[str, Hosting]]:
    """Set the applications up and serve the sites by nginx, Apache or both. folder: one that servers may enter which give up root."""
    root = folder / "debian"
    _lay_out(root)
    (folder / "database").mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder / "database", "nobody", "nogroup")
    start = folder / "start.sql"
    start.write_text(
        f"CREATE DATABASE wordpress;\nCREATE USER florist@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
        "GRANT ALL ON wordpress.* TO florist@'127.0.0.1';\n"
    )
    with mariadb(folder / "database", "--bind-address=127.0.0.1", f"--init-file={start}") as database:
        _set_up(root, database)
        with _running(servers, sites, folder, root) as now:
            _install_wordpress(now[servers[0]], sites, database)
            yield now


@contextlib.contextmanager
def unfinished(server: str, sites: Sequence[Site], folder: Path) -> Iterator[Hosting]:
    """The same, uploaded but not set up yet."""
    root = folder / "debian"
    _lay_out(root)
    (root / "usr/share/wordpress/wp-config.php").unlink()  # Debian's own, which no other download has
    with _running([server], sites, folder, root) as now:
        yield now[server]


@contextlib.contextmanager
def _running(servers: Sequence[str], sites: Sequence[Site], folder: Path, root: Path) -> Iterator[Mapping[str, Hosting]]:
    for site in sites:
        _make_site(folder / "sites" / site.name, site, root)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate = authority.issue_cert(HOST, f"www.{HOST}")
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    with contextlib.ExitStack() as stack:
        php = stack.enter_context(_php(folder, root))
        yield {server: Hosting(folder, stack.enter_context(_web(server, sites, folder, php))) for server in servers}


def _lay_out(root: Path) -> None:
    """The packages' files with links for copies; what names another place of theirs by its full path is told where they are now."""

    def linked(source: str, target: str) -> None:
        try:
            os.link(source, target)
        except OSError:  # another file system
            shutil.copy2(source, target)

    shutil.copytree(UNPACKED, root, symlinks=True, copy_function=linked)
    for path in root.rglob("*"):
        if path.is_symlink():
            if str(target := path.readlink()).startswith("/"):
                path.unlink()
                path.symlink_to(root / str(target).lstrip("/"))
        elif path.suffix == ".php" and path.is_file() and (_ABSOLUTE.search(text := path.read_bytes())):
            path.unlink()
            path.write_bytes(_ABSOLUTE.sub(str(root).encode() + b"/", text))
    wiki, mail = root / "usr/share/dokuwiki", root / "var/lib/roundcube"
    for link, real in (
        (wiki / "conf", root / "etc/dokuwiki"),
        (wiki / "data", root / "var/lib/dokuwiki/data"),
        (mail / "installer", root / "usr/share/roundcube/installer"),
    ):  # as in the makers' own archives
        link.symlink_to(real)
    for path in (root / "etc/dokuwiki", root / "etc/mediawiki", root / "var", *(root / "var").rglob("*")):
        if path.is_dir() and not path.is_symlink() and os.geteuid() == 0:
            shutil.chown(path, "nobody", "nogroup")


def _set_up(root: Path, database: int) -> None:
    _write(
        root / "etc/wordpress/config-default.php",
        f"<?php\n{_BASE.format(folder=root / 'usr/share/wordpress')}"
        f"define('DB_HOST', '127.0.0.1:{database}');\ndefine('DB_USER', 'florist');\ndefine('DB_PASSWORD', '{PASSWORD}');\n"
        f"define('DONT_SET_WP_CONTENT_DIR', true);\ndefine('WP_HOME', 'https://{HOST}' . $base);\ndefine('WP_SITEURL', WP_HOME);\n"
        "define('WP_HTTP_BLOCK_EXTERNAL', true);\ndefine('DISABLE_WP_CRON', true);\ndefine('AUTOMATIC_UPDATER_DISABLED', true);\n",
    )
    _write(
        root / "etc/wordpress/htaccess",
        "RewriteEngine On\nRewriteCond %{REQUEST_FILENAME} !-f\nRewriteCond %{REQUEST_FILENAME} !-d\nRewriteRule . index.php [L]\n",
    )
    _write(
        root / "var/lib/phpmyadmin/blowfish_secret.inc.php",
        "<?php\n$cfg['blowfish_secret'] = 'violets-and-tulips-and-lilac-too';\n",
    )
    _write(
        root / "etc/dokuwiki/local.php",
        "<?php\n$conf['title'] = 'Petal wiki';\n$conf['useacl'] = 1;\n$conf['superuser'] = '@admin';\n",
    )
    _write(root / "var/lib/dokuwiki/acl/acl.auth.php", "*\t@ALL\t1\n")
    _write(root / "var/lib/dokuwiki/acl/users.auth.php", "# login:passwordhash:Real Name:email:groups,comma,separated\n")
    _write(root / "var/lib/dokuwiki/data/pages/start.txt", "====== Petal wiki ======\nHow we bind.\n")
    _write(
        root / "etc/roundcube/config.inc.php",
        f"<?php\n$config['db_dsnw'] = 'sqlite:///{root / 'var/lib/roundcube/temp/mail.db'}?mode=0646';\n"
        "$config['des_key'] = 'violets-tulips-and-lilac';\n$config['imap_host'] = '127.0.0.1:1';\n$config['plugins'] = [];\n",
    )
    install = [binary("php"), *_settings(root), "maintenance/install.php", "--dbtype=sqlite"]
    install += [f"--dbpath={root / 'var/lib/mediawiki/data'}", f"--confpath={root / 'var/lib/mediawiki/config'}"]
    install += [f"--server=https://{HOST}", "--scriptpath=/wiki", f"--pass={PASSWORD}", "Petal wiki", "Florist"]
    wiki = root / "usr/share/mediawiki"
    done = subprocess.run(as_nobody(*install), cwd=wiki, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    settings = (root / "var/lib/mediawiki/config/LocalSettings.php").read_text()
    assert '$wgScriptPath = "/wiki";' in settings
    settings = settings.replace('$wgScriptPath = "/wiki";', f"{_BASE.format(folder=wiki)}$wgScriptPath = $base;")
    _write(root / "etc/mediawiki/LocalSettings.php", settings + "$wgMainCacheType = CACHE_NONE;\n")


def _install_wordpress(hosting: Hosting, sites: Sequence[Site], database: int) -> None:
    """By its own form; then its articles get addresses with words in them, as most have."""
    name, path = next((site.name, path) for site in sites for path, key in site.applications.items() if key == "wordpress")
    form = {
        "weblog_title": "Journal",
        "user_name": "florist",
        "admin_email": "ann@shop.example",
        "blog_public": "1",
        "language": "",
    }
    form |= {"admin_password": PASSWORD, "admin_password2": PASSWORD, "Submit": "Install WordPress"}
    status, text = hosting.ask(name, f"{path}wp-admin/install.php?step=2", form)
    assert (status, "Success!" in text) == (200, True), text
    named = "UPDATE wp_options SET option_value = IF(option_name = 'rewrite_rules', '', '/%postname%/') "
    named += "WHERE option_name IN ('permalink_structure', 'rewrite_rules')"
    client = [
        binary("mariadb"),
        "--no-defaults",
        "--host=127.0.0.1",
        f"--port={database}",
        "--user=florist",
        f"--password={PASSWORD}",
    ]
    subprocess.run([*client, "--execute", named, "wordpress"], check=True, capture_output=True)


def _write(path: Path, text: str) -> None:
    """A new file, never one that a link shares with the unpacked packages."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o644)


def _make_site(folder: Path, site: Site, root: Path) -> None:
    """The site's folder: a link for each application, or for each thing in it where it is to lie in the site's own root."""
    folder.mkdir(parents=True)
    for path, application in sorted(site.applications.items()):
        source, target = root / APPLICATIONS[application], folder / path.strip("/")
        if application == "adminer":  # one file, called as its owner likes
            file = target if path.endswith(".php") else target / "index.php"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.symlink_to(source / "adminer.php")
        elif path == "/":
            for one in source.iterdir():
                (folder / one.name).symlink_to(one)
        else:
            target.symlink_to(source)
    if "/" not in site.applications:
        _write(folder / "index.html", SHOP)
        _write(folder / "catalog/view/theme/default/stylesheet/stylesheet.css", "body { color: #222 }")


@contextlib.contextmanager
def _php(folder: Path, root: Path) -> Iterator[int]:
    sessions = folder / "sessions"
    sessions.mkdir()
    sessions.chmod(0o777)
    port = free_port()
    options = _settings(root, **{"session.save_path": sessions, "error_log": sessions / "php.log", "log_errors": 1})
    command = as_nobody(binary("php-cgi"), "-b", f"127.0.0.1:{port}", *options)
    with running(command, (port,), environment={"PHP_FCGI_CHILDREN": "4", "PHP_FCGI_MAX_REQUESTS": "0"}):
        yield port


def _settings(root: Path, **more: object) -> list[str]:
    """Options of PHP: where Debian keeps the libraries, and no way to call anybody."""
    failing = root / "failing.php"
    _write(failing, "<?php\n" + "".join(f"function {name}(...$given) {{ return false; }}\n" for name in _CALLS))
    settings = {
        "include_path": f".:{root / 'usr/share/php'}",
        "auto_prepend_file": failing,
        "disable_functions": ",".join(_CALLS),
    }
    settings |= {"allow_url_fopen": 0, "sendmail_path": "/bin/false", **more}
    return [word for name, value in settings.items() for word in ("-d", f"{name}={value}")]


@contextlib.contextmanager
def _web(server: str, sites: Sequence[Site], folder: Path, php: int) -> Iterator[Mapping[str, int]]:
    free: set[int] = set()
    while len(free) < len(sites):
        free.add(free_port())
    ports = dict(zip((site.name for site in sites), sorted(free), strict=True))
    written = "\n".join(_BLOCKS[server](site, ports[site.name], folder / "sites" / site.name, php) for site in sites)
    values = {"folder": folder, "php": php, "sites": written, "modules": _modules(), "group": "www-data"}
    values["user"] = "www-data" if os.geteuid() == 0 else os.environ.get("USER", "nobody")
    config = folder / f"{server}.conf"
    config.write_text((FIXTURES / f"{server}-software.conf").read_text().format(**values))
    commands = {
        "nginx": ["nginx", "-c", str(config), "-p", str(folder)],
        "apache": ["apache2", "-f", str(config), "-D", "FOREGROUND"],
    }
    name, *arguments = commands[server]
    with running([binary(name), *arguments], tuple(ports.values())):
        yield ports


def _nginx(site: Site, port: int, folder: Path, php: int) -> str:
    """A server of nginx. WordPress's lines are those of its own documentation."""
    blogs = "".join(
        f"        location {path} {{ try_files $uri $uri/ {path}index.php?$args; }}\n"
        for path, application in site.applications.items()
        if application == "wordpress"
    )
    return (
        f"    server {{\n        listen 127.0.0.1:{port} ssl;\n        server_name {HOST};\n        root {folder};\n{blogs}"
        "        location ~ \\.php(/|$) {\n            fastcgi_split_path_info ^(.+?\\.php)(/.*)?$;\n"
        "            try_files $fastcgi_script_name =404;\n            include /etc/nginx/fastcgi_params;\n"
        "            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n"
        f"            fastcgi_param PATH_INFO $fastcgi_path_info;\n            fastcgi_pass 127.0.0.1:{php};\n        }}\n    }}\n"
    )


def _apache(site: Site, port: int, folder: Path, php: int) -> str:
    return f"Listen 127.0.0.1:{port} https\n<VirtualHost 127.0.0.1:{port}>\n    ServerName {HOST}\n    DocumentRoot {folder}\n    SSLEngine on\n</VirtualHost>\n"


def _modules() -> str:
    folder = Path("/usr/lib/apache2/modules")
    return "\n".join(
        f"LoadModule {name}_module {folder}/mod_{name}.so" for name in APACHE_MODULES if (folder / f"mod_{name}.so").exists()
    )


_BLOCKS = {"nginx": _nginx, "apache": _apache}

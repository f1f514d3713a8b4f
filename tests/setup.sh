#!/bin/sh
# What the tests need besides Python packages: real servers and a browser from Debian's packages, axe-core from npm.
# With root on Debian it installs what is missing; elsewhere the tests say which of them they skip. No service is started.
set -eu
cd "$(dirname "$0")"

packages=""
need() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || packages="$packages $2"; }
need nginx nginx-light
need apache2 apache2
need caddy caddy
need lighttpd lighttpd
[ -e /usr/lib/lighttpd/mod_openssl.so ] || packages="$packages lighttpd-mod-openssl"
need vsftpd vsftpd
need sshd openssh-server
need chromium chromium
need redis-server redis-server
need memcached memcached
need sqlite3 sqlite3
need 7z p7zip-full
need zip zip
need duplicity duplicity
need groff groff
need zsh zsh
need fish fish
need systemd-analyze systemd
need ip iproute2
need mariadbd mariadb-server
need php php-cli
need php-cgi php-cgi
[ -n "$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ] || packages="$packages postgresql"
for part in mysql sqlite3 xml mbstring intl gd; do
  [ -n "$(ls -d "/usr/share/php"*"-$part" 2>/dev/null)" ] || packages="$packages php-$part"
done

if [ -n "$packages" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    # Debian asks this file before it starts a service; 101 means no. An existing one stays.
    guard=/usr/sbin/policy-rc.d
    if [ ! -e "$guard" ]; then
      printf '#!/bin/sh\nexit 101\n' >"$guard"
      chmod +x "$guard"
      trap 'rm -f "$guard"' EXIT
    fi
    apt-get update -qq
    # shellcheck disable=SC2086  # one word a package
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
  else
    echo "Not installed, so the tests that need them are skipped:$packages"
  fi
fi

# unpack FOLDER PACKAGE…: not installed, only laid out in a folder, where the tests use them. The mark in it holds the packages'
# names, so that a changed list is noticed.
unpack() {
  unpacked=$1
  shift
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && [ "$(cat "$unpacked/.done" 2>/dev/null)" != "$*" ]; then
    rm -rf "$unpacked"
    mkdir -p "$unpacked/packages"
    (
      cd "$unpacked/packages"
      apt-get download -qq "$@" 2>/dev/null || { apt-get update -qq; apt-get download -qq "$@"; }
      for package in *.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x -C .. --exclude=./usr/share/doc --exclude=./usr/share/man \
          --exclude=./usr/share/mediawiki/extensions-core --exclude='./usr/share/mediawiki/languages/i18n/[!e]*'
      done
    )
    rm -r "$unpacked/packages"
    echo "$*" >"$unpacked/.done"
  fi
}

# The FTP servers' packages exclude each other.
unpack .cache/servers proftpd-core proftpd-mod-crypto pure-ftpd libhiredis0.14 libmemcached11 libmemcachedutil2 libhashkit2 libpcre2-posix3
# Name servers and validating resolvers: none is to serve this machine.
unpack .cache/names bind9 bind9-dnsutils bind9-utils bind9-libs unbound libunbound8 libfstrm0 libjson-c5 liblmdb0 libmaxminddb0 \
  libprotobuf-c1 libuv1 libnghttp2-14 libevent-2.1-7 libhiredis0.14 libjemalloc2
# The mail servers' packages exclude each other too, and whatever mail server this machine has.
unpack .cache/mail postfix exim4-daemon-light exim4-base libnss-wrapper libidn12 libicu72 libnsl2 libtirpc3 libsasl2-2 libdb5.3 libspf2-2
# Web applications would configure this machine's Apache and databases; with them their libraries, as Debian takes them apart.
unpack .cache/software \
  wordpress wordpress-theme-twentytwentythree phpmyadmin adminer dokuwiki mediawiki mediawiki-classes roundcube-core roundcube-sqlite3 \
  php-geshi php-pear php-auth-sasl php-mail-mime php-net-socket php-net-smtp php-net-sieve php-masterminds-html5 \
  php-guzzlehttp-guzzle php-guzzlehttp-promises php-guzzlehttp-psr7 php-getallheaders php-getid3 php-phpseclib libphp-simplepie \
  php-psr-cache php-psr-container php-psr-http-client php-psr-http-factory php-psr-http-message php-psr-log \
  php-symfony-cache php-symfony-cache-contracts php-symfony-config php-symfony-dependency-injection \
  php-symfony-deprecation-contracts php-symfony-expression-language php-symfony-filesystem php-symfony-polyfill-php80 \
  php-symfony-service-contracts php-symfony-var-exporter php-twig php-twig-i18n-extension php-webmozart-assert \
  php-composer-ca-bundle php-fig-http-message-util php-google-recaptcha php-mariadb-mysql-kbs php-nikic-fast-route \
  php-phpmyadmin-motranslator php-phpmyadmin-shapefile php-phpmyadmin-sql-parser php-slim-psr7 \
  libjs-bootstrap4 libjs-codemirror libjs-cropper libjs-jquery libjs-jquery-cookie libjs-jquery-metadata libjs-jquery-minicolors \
  libjs-jquery-mousewheel libjs-jquery-tablesorter libjs-jquery-timepicker libjs-jquery-ui libjs-jstimezonedetect libjs-popper.js \
  libjs-prototype libjs-scriptaculous libjs-underscore
[ "$(id -u)" = 0 ] || echo "Without root, tests that start vsftpd or sshd are skipped."

if command -v npm >/dev/null 2>&1; then
  [ -d browser/node_modules/axe-core ] && [ -d browser/node_modules/@microsoft ] || npm ci --prefix browser --ignore-scripts --silent
  [ -d checks/third_party/node_modules ] || npm install --prefix checks/third_party --ignore-scripts --no-package-lock --silent
else
  echo "npm is not installed, so the accessibility test and that of the popular libraries are skipped."
fi

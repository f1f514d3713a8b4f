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
need vsftpd vsftpd
need sshd openssh-server
need chromium chromium
need redis-server redis-server
need memcached memcached
need mariadbd mariadb-server
[ -n "$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ] || packages="$packages postgresql"

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

# The FTP servers' packages exclude each other, so these are only unpacked; the tests start them from there.
unpacked=.cache/servers
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && [ ! -e "$unpacked/.done" ]; then
  mkdir -p "$unpacked/packages"
  (
    cd "$unpacked/packages"
    apt-get download -qq proftpd-core proftpd-mod-crypto pure-ftpd libhiredis0.14 libmemcached11 libmemcachedutil2 libhashkit2 \
      libpcre2-posix3 2>/dev/null || { apt-get update -qq; apt-get download -qq proftpd-core proftpd-mod-crypto pure-ftpd \
      libhiredis0.14 libmemcached11 libmemcachedutil2 libhashkit2 libpcre2-posix3; }
    for package in *.deb; do dpkg-deb -x "$package" ..; done
  )
  rm -r "$unpacked/packages"
  touch "$unpacked/.done"
fi
[ "$(id -u)" = 0 ] || echo "Without root, tests that start vsftpd or sshd are skipped."

if command -v npm >/dev/null 2>&1; then
  [ -d browser/node_modules/axe-core ] && [ -d browser/node_modules/@microsoft ] || npm ci --prefix browser --ignore-scripts --silent
  [ -d checks/third_party/node_modules ] || npm install --prefix checks/third_party --ignore-scripts --no-package-lock --silent
else
  echo "npm is not installed, so the accessibility test and that of the popular libraries are skipped."
fi

#!/bin/sh
# What the tests need besides Python packages: real servers and a browser from Debian's packages, axe-core from npm.
# With root on Debian it installs what is missing; elsewhere the tests say which of them they skip. No service is started.
set -eu
cd "$(dirname "$0")"

packages=""
need() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || packages="$packages $2"; }
need nginx nginx-light
need apache2 apache2
need vsftpd vsftpd
need sshd openssh-server
need chromium chromium

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
[ "$(id -u)" = 0 ] || echo "Without root, tests that start vsftpd or sshd are skipped."

if command -v npm >/dev/null 2>&1; then
  [ -d browser/node_modules/axe-core ] || npm ci --prefix browser --ignore-scripts --silent
else
  echo "npm is not installed, so the accessibility test is skipped."
fi

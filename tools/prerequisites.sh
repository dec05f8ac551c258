#!/usr/bin/env bash
# Says in plain words what is missing to build Sefaw RTC, and how to get it. Installs nothing.
set -u
missing=0

say() { printf '%s\n' "$*" >&2; missing=1; }

at_least() { # at_least WANTED FOUND: is FOUND the same version or a newer one?
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

python=${PYTHON:-python3}
if ! command -v "$python" >/dev/null; then
  say "Python 3.11 or newer is missing. Debian/Ubuntu: apt install python3 python3-venv · macOS: brew install python"
else
  found=$("$python" -c 'import platform; print(platform.python_version())')
  at_least 3.11 "$found" || say "Python $found is too old; 3.11 or newer is needed. Set PYTHON=/path/to/python3.12, or install one: apt install python3"
  "$python" -c 'import venv, ensurepip' 2>/dev/null || say "Python's venv module is missing. Debian/Ubuntu: apt install python3-venv"
fi

if ! command -v cargo >/dev/null; then
  say "Rust (cargo) is missing. Get it from https://rustup.rs, then open a new terminal."
else
  found=$(cargo --version | cut -d' ' -f2)
  at_least 1.89 "$found" || say "Rust $found is too old; 1.89 or newer is needed: rustup update stable"
fi

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  say "Node.js 20 or newer with npm is missing. Get it from https://nodejs.org, or: apt install nodejs npm (check: node --version)"
else
  found=$(node --version | tr -d v)
  at_least 20.19 "$found" || say "Node.js $found is too old; 20.19 or newer is needed: https://nodejs.org"
fi

command -v cc >/dev/null || say "A C compiler is missing (the cryptography library needs one). Debian/Ubuntu: apt install build-essential · macOS: xcode-select --install"

if [ "$missing" -ne 0 ]; then
  printf '\nInstall what is named above and run the same command again.\n' >&2
  exit 1
fi

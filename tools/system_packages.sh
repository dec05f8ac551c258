#!/usr/bin/env bash
# The system packages that only the tests need: a browser, fonts, its H.264; a PACS, DICOM tools and a
# validator, ffprobe, a token for keys.
# Installs them on Debian as root, otherwise says exactly which are missing.
set -u
wanted=(chromium libopenh264-7 fonts-noto-cjk dcmtk dicom3tools orthanc orthanc-dicomweb ffmpeg strace softhsm2)

have() {
  case $1 in
    chromium) command -v chromium >/dev/null || command -v chromium-browser >/dev/null ;;
    *) dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed' ;;
  esac
}

if ! command -v dpkg-query >/dev/null; then
  command -v chromium >/dev/null && exit 0
  echo "The system tests need Chromium (as 'chromium' on the PATH) and a CJK font. Install them and run this again." >&2
  exit 1
fi

missing=()
for package in "${wanted[@]}"; do have "$package" || missing+=("$package"); done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
  echo "── system packages for the tests: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null && exit 0
fi
echo "The system tests need these Debian packages: ${missing[*]}" >&2
echo "Install them with: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
exit 1

#!/bin/sh
# Install the system libraries that Qt (`run`) and the tests (`test`) need on Debian and Ubuntu; elsewhere say what is missing.
set -eu

RUN="libegl1 libgl1 libopengl0 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libglib2.0-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0
libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xkb1"
TEST="xvfb openbox xdotool age oathtool poppler-utils qpdf gnome-keyring dbus-daemon libreoffice-calc-nogui fonts-dejavu-core imagemagick
x11-utils strace libfaketime at-spi2-core gir1.2-atspi-2.0 python3-gi"

case "${1:-run}" in
  run) wanted="$RUN" ;;
  test) wanted="$RUN $TEST" ;;
  *) echo "usage: $0 run|test" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "This is no Debian or Ubuntu: please see to it that these, or what your system calls them, are installed:" >&2
  echo $wanted >&2
  exit 0
fi

missing=""
for package in $wanted; do
  # Newer releases renamed some libraries with a t64 ending.
  dpkg-query -W -f='${db:Status-Status}\n' "$package" "${package}t64" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
# A Python without venv cannot make the program's own environment.
python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
  as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
  as_root="sudo"
elif command -v sudo >/dev/null 2>&1 && [ -t 0 ]; then
  echo "Some system libraries are missing; sudo may ask for your password."
  as_root="sudo"
else
  echo "Please have someone with the right install these packages, then run the same command again:" >&2
  echo "  apt-get install$missing" >&2
  exit 1
fi
echo "Installing system packages:$missing"
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null

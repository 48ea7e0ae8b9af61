#!/usr/bin/env bash
# Builds the Dockerfile as it stands, on a machine with neither a container daemon nor a registry:
# a small Debian takes the name of the base image. All of it lies in .image and can be thrown away.
# Prints nothing but what went wrong; needs root, and installs buildah and debootstrap if absent.
set -euo pipefail
cd "$(dirname "$0")/../.."

BASE=$(sed -n 's/^ARG BASE=//p' Dockerfile)
SUITE=trixie # the Debian of that base
ROOTFS=.image/base.tar
mkdir -p .image

missing=()
for tool in buildah debootstrap systemd-analyze; do command -v $tool >/dev/null || missing+=("${tool/-analyze/}"); done
if ((${#missing[@]})); then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq "${missing[@]}" >/dev/null # what they recommend as well: keys, and a runtime
fi

buildah() { command buildah --root "$PWD/.image/store" --runroot "$PWD/.image/run" --storage-driver vfs "$@"; }

# The base: Python under the name that the official image gives it, and the authorities that this
# machine trusts, for its package proxy may have one of its own.
make_rootfs() {
  local root mirror
  root=$(mktemp -d .image/rootfs.XXXX)
  chmod 755 "$root"
  mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep -m1 '/debian/$' || true)
  debootstrap --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates \
    $SUITE "$root" ${mirror:+"$mirror"} >.image/debootstrap.log
  ln -s python3 "$root/usr/bin/python"
  cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
  chroot "$root" update-ca-certificates >/dev/null
  rm -rf "$root"/var/cache/apt "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}/*
  tar --create --file "$ROOTFS.new" --directory "$root" --exclude './dev/*' .
  rm -rf "$root"
  mv "$ROOTFS.new" "$ROOTFS"
}

import_base() {
  local container
  container=$(buildah from --isolation chroot scratch)
  buildah add --quiet "$container" "$ROOTFS" / >/dev/null
  buildah config --env PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin \
    --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$container"
  buildah commit --quiet --rm "$container" "$BASE" >/dev/null
}

# Both files may name a proxy and its password: they are lent to the build, and in no layer.
secrets=()
[ -r /etc/pip.conf ] && secrets=(--secret id=pip,src=/etc/pip.conf)

build() {
  buildah build --quiet --isolation chroot --pull-never --format docker "${secrets[@]}" "$@" . \
    >>.image/build.log 2>&1 || { cat .image/build.log >&2; return 1; }
}

[ -e "$ROOTFS" ] || make_rootfs
buildah inspect --type image "$BASE" >/dev/null 2>&1 || import_base
: >.image/build.log
build --tag provbot
if [ "${1:-}" = demo ]; then build --tag provbot-demo --target demo; fi
buildah rmi --prune >/dev/null # what these builds took the names from

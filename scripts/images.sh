#!/usr/bin/env bash
# Makes the images that the tests run containers of; does nothing, fast, where they are there already.
#
#   partman-test/postgres:15   PostgreSQL 15 of bookworm, without pg_partman: the standard image of the tests
#   partman-test/postgres:17   PostgreSQL 17 of trixie with pg_partman 5.2.4
#   partman-test/postgres:18   PostgreSQL 18 of sid with pg_partman 5.5.0
#
# No image registry is needed: debootstrap makes the base from the very Debian mirror that this machine uses, and
# `docker build` adds the server (see scripts/images/). Each image carries the label org.partman.test and a digest
# of its recipe, so that a changed recipe makes it anew. Without a Docker Engine it says so and does nothing;
# with arguments (15, 17, 18) it makes only those. Making needs root, because debootstrap does.

set -euo pipefail
umask 022
cd "$(dirname "$0")/images"

readonly name=partman-test/postgres
# major, suite, package with pg_partman
readonly images=('15 bookworm' '17 trixie postgresql-17-partman' '18 sid postgresql-18-partman')

say() { echo "set-up: $*" >&2; }
fail() {
    say "$1"
    shift
    printf '  %s\n' "$@" >&2
    exit 1
}

# What an image is made of, as a digest.
recipe_of_base() { declare -f make_base mirror | sha256sum | cut -c1-16; }
recipe_of_image() { { recipe_of_base && declare -f make_image && cat Dockerfile entrypoint.sh; } | sha256sum | cut -c1-16; }

# The Debian mirror that this machine uses.
mirror() {
    local found
    found=${PARTMAN_TEST_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -E '/debian/?$' | head -n 1 || true)}
    echo "${found:-http://deb.debian.org/debian}"
}

make_base() {
    local suite=$1 tree
    say "making the base image of $suite (debootstrap)"
    tree=$(mktemp -d "${TMPDIR:-/var/tmp}/partman-test-base.XXXXXX")
    # shellcheck disable=SC2064 # the name is meant as it is now
    trap "rm -rf '$tree'" EXIT
    debootstrap --variant=minbase "$suite" "$tree" "$(mirror)" >"$tree.log" 2>&1 || {
        tail -n 20 "$tree.log" "$tree/debootstrap/debootstrap.log" >&2 2>/dev/null || true
        rm -f "$tree.log"
        fail "debootstrap could not make $suite from $(mirror)"
    }
    rm -f "$tree.log"
    rm -rf "$tree"/var/lib/apt/lists/* "$tree"/var/cache/apt/* "$tree"/usr/share/{doc,man,info} "$tree"/var/log/*
    find "$tree/usr/share/locale" -mindepth 1 -maxdepth 1 ! -name locale.alias -exec rm -rf {} +
    rm -rf "$tree"/{dev,proc,sys}/* 2>/dev/null || true
    echo "deb $(mirror) $suite main" >"$tree/etc/apt/sources.list"
    printf 'Acquire::Check-Valid-Until "false";\nAcquire::Languages "none";\n' >"$tree/etc/apt/apt.conf.d/90partman-test"
    apt-config dump --format '%f "%v";%n' | grep -iE '^Acquire::https?::(proxy|timeout)' >>"$tree/etc/apt/apt.conf.d/90partman-test" || true
    tar -C "$tree" --numeric-owner -c . |
        docker import -c 'LABEL org.partman.test=1' -c "LABEL org.partman.test.recipe=$(recipe_of_base)" - "partman-test/base:$suite" >/dev/null
    rm -rf "$tree"
    trap - EXIT
}

make_image() {
    local major=$1 suite=$2 extra=${3:-} version old log
    log=$(mktemp)
    old=$(docker image inspect -f '{{.Id}}' "$name:$major" 2>/dev/null || true)
    [[ $(label "partman-test/base:$suite") == "$(recipe_of_base)" ]] || make_base "$suite"
    local place=(--build-arg DATA=/var/lib/postgresql/data)
    [[ $major -lt 18 ]] || place=(--build-arg DATA="/var/lib/postgresql/$major/docker" --build-arg VOLUME=/var/lib/postgresql)
    say "making $name:$major"
    docker build -q --force-rm --pull=false --label org.partman.test=1 --build-arg BASE="partman-test/base:$suite" \
        --build-arg MAJOR="$major" --build-arg EXTRA="$extra" "${place[@]}" -t "$name:$major-draft" . >/dev/null 2>"$log" || fail "$name:$major could not be built" "$(tail -n 20 "$log")"
    version=$(docker run --rm --network none --label org.partman.test=1 --entrypoint dpkg-query "$name:$major-draft" \
        -W -f '${Version}' "postgresql-$major")
    docker build -q --label "org.partman.test.recipe=$digest" -t "$name:$major" - >/dev/null 2>"$log" <<-DOCKERFILE
		FROM $name:$major-draft
		ENV PG_VERSION=$version
	DOCKERFILE
    docker rmi "$name:$major-draft" >/dev/null
    rm -f "$log"
    [[ -z $old ]] || docker rmi "$old" >/dev/null 2>&1 || true
}

label() { docker image inspect -f '{{index .Config.Labels "org.partman.test.recipe"}}' "$@" 2>/dev/null || true; }

# --- go --------------------------------------------------------------------------------------------------------

if ! timeout 10 docker version -f '{{.Server.Version}}' >/dev/null 2>&1; then
    say "no Docker Engine answers: tests with containers will fail (install docker.io and start it)"
    exit 0
fi
export DOCKER_BUILDKIT=0
digest=$(recipe_of_image)
readonly digest

wanted=()
for row in "${images[@]}"; do
    major=${row%% *}
    [[ $# -eq 0 || " $* " == *" $major "* ]] || continue
    wanted+=("$row")
done
missing() {
    local row
    for row in "${wanted[@]}"; do
        [[ $(label "$name:${row%% *}") == "$digest" ]] || echo "$row"
    done
}
mapfile -t todo < <(missing)
[[ ${#todo[@]} -gt 0 ]] || exit 0

if [[ $EUID -ne 0 ]]; then
    say "test images are missing, and only root can make them: tests with containers will fail"
    printf '  run as root: %s\n' "$(realpath ../images.sh)" >&2
    exit 0
fi
exec {lock}>"${TMPDIR:-/var/tmp}/partman-test-images.lock"
flock "$lock"
mapfile -t todo < <(missing)
command -v debootstrap >/dev/null || apt-get install -qq -y --no-install-recommends debootstrap >/dev/null
# Side by side, for most of the time is spent waiting for the mirror.
declare -A making=()
trap 'kill "${making[@]}" 2>/dev/null; exit 130' INT TERM
for row in "${todo[@]}"; do
    # shellcheck disable=SC2086 # two or three words
    make_image $row &
    making[${row%% *}]=$!
done
# Whatever goes wrong with one (Debian's sid has bad days), the others are still wanted; without the first nothing works.
outcome=0
for major in "${!making[@]}"; do
    wait "${making[$major]}" && continue
    say "tests with containers of $name:$major will fail"
    [[ $major != 15 ]] || outcome=1
done
exit "$outcome"

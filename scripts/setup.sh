#!/usr/bin/env bash
# Makes everything that the tests need on a Debian 12 machine; does nothing, fast, where it is there already.
#
#   1. Debian packages: PostgreSQL 15, pgbouncer, a C toolchain. No cluster is made and no service started.
#   2. The SQL files of three versions of pg_partman, fetched from Debian into the cache folder. Those packages
#      are not installed and the system's apt sources are not touched: a private apt configuration is used.
#   3. Where a Docker Engine answers, images of PostgreSQL for containers: see scripts/images.sh.
#
# The first part needs root; as another user it says what root has to run. The cache folder is
# PARTMAN_TEST_CACHE, else /var/cache/partman-test for root and ~/.cache/partman-test for others (root's servers
# run as another user, who cannot enter root's home). PARTMAN_TEST_MIRROR names another Debian mirror than the
# system's, such as a dated one of snapshot.debian.org when a version has left the usual ones.

set -euo pipefail
umask 022

readonly programs=/usr/lib/postgresql/15/bin
wanted=(postgresql-15 postgresql-client-15 pgbouncer ca-certificates build-essential pkg-config)
! command -v docker >/dev/null || wanted+=(docker-compose)
readonly wanted
# version of pg_partman, Debian package, suite
readonly partmans=('4.7.2 postgresql-15-partman bookworm' '5.2.4 postgresql-17-partman trixie' '5.5.0 postgresql-18-partman sid')

if [[ -n ${PARTMAN_TEST_CACHE:-} ]]; then
    cache=$PARTMAN_TEST_CACHE
elif [[ $EUID -eq 0 ]]; then
    cache=/var/cache/partman-test
else
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/partman-test
fi
readonly cache

# Where things are kept, for those who want to use them.
if [[ ${1:-} == --where ]]; then
    echo "$cache"
    exit
fi

say() { echo "set-up: $*" >&2; }
fail() {
    say "$1"
    shift
    printf '  %s\n' "$@" >&2
    exit 1
}

# --- 1. Debian packages ---------------------------------------------------------------------------------------

system_is_ready() {
    local program
    for program in "$programs"/{postgres,initdb,pg_basebackup,pg_dump,psql}; do [[ -x $program ]] || return 1; done
    [[ -x /usr/sbin/pgbouncer && -e /etc/ssl/certs/ca-certificates.crt ]] || return 1
    for program in cc pkg-config setpriv; do command -v "$program" >/dev/null || return 1; done
    # The compose example is tested where there is Docker.
    ! command -v docker >/dev/null || command -v docker-compose >/dev/null
}

install_packages() {
    [[ -e /etc/debian_version ]] || fail "this is no Debian system" "install PostgreSQL 15 under /usr/lib/postgresql/15, pgbouncer and a C toolchain by hand"
    if [[ $EUID -ne 0 ]]; then
        fail "packages are missing; as root, run:" "apt-get update" "apt-get install --no-install-recommends ${wanted[*]}" \
            "(or this script, which also keeps Debian from making a cluster and starting services)"
    fi
    local missing=() package
    for package in "${wanted[@]}"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    say "installing ${missing[*]:-nothing}"
    compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || apt-get update -qq
    keep_services_down
    apt_install "${missing[@]}" || { apt-get update -qq && apt_install "${missing[@]}"; }
    let_services_be
    system_is_ready || fail "the packages are installed, but a program that they should bring is still missing" "wanted: ${wanted[*]}"
}

apt_install() { DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null; }

# Debian makes and starts a cluster when it installs a server, and starts pgbouncer. Both are kept from happening
# by files that go away again, so that what an administrator does later has the usual effect.
readonly no_cluster=/etc/postgresql-common/createcluster.d/partman-test.conf
readonly no_service=/usr/sbin/policy-rc.d
declare -a placed=()
keep_services_down() {
    trap let_services_be EXIT
    if [[ ! -e $no_service ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$no_service"
        chmod 755 "$no_service"
        placed+=("$no_service")
    fi
    mkdir -p "${no_cluster%/*}"
    echo 'create_main_cluster = false' >"$no_cluster"
    placed+=("$no_cluster")
    [[ -e /usr/sbin/pgbouncer ]] || pgbouncer_is_ours=yes
}
let_services_be() {
    [[ ${#placed[@]} -eq 0 ]] || rm -f "${placed[@]}"
    placed=()
    trap - EXIT
    [[ ${pgbouncer_is_ours:-} != yes ]] || update-rc.d pgbouncer disable >/dev/null 2>&1 || true
    pgbouncer_is_ours=no
}

# --- 2. pg_partman ---------------------------------------------------------------------------------------------

partman_is_there() { [[ -e $cache/pg_partman/$1/pg_partman.control && -e $cache/pg_partman/$1.deb ]]; }

# The mirror that the system itself uses.
mirror() {
    local found
    found=${PARTMAN_TEST_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -E '/debian/?$' | head -n 1 || true)}
    echo "${found:-http://deb.debian.org/debian}"
}

# apt with its own lists, cache, sources and package database (an empty one); proxies and the like are the system's.
private_apt() {
    local tool=$1
    shift
    "$tool" -c "$work/apt.conf" "$@"
}

write_private_apt() {
    mkdir -p "$work"/{lists/partial,archives/partial}
    : >"$work/status"
    cat >"$work/apt.conf" <<-CONF
		Dir::State "$work";
		Dir::State::status "$work/status";
		Dir::Cache "$work";
		Dir::Etc::sourcelist "$work/sources.list";
		Dir::Etc::sourceparts "-";
		Acquire::Languages "none";
		Acquire::Check-Valid-Until "false";
		Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
		APT::Sandbox::User "$(id -un)";
		APT::Get::AllowUnauthenticated "false";
		Acquire::AllowInsecureRepositories "false";
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	CONF
}

update_lists() {
    local suite=$1 keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    echo "deb [signed-by=$keyring] $(mirror) $suite main" >"$work/sources.list"
    private_apt apt-get update -qq -o APT::Update::Error-Mode=any 2>"$work/errors" && return
    # Suites newer than this system may be signed with keys that only a newer keyring package has.
    if grep -qE 'NO_PUBKEY|Missing key' "$work/errors" && [[ $EUID -eq 0 && -z ${keyring_renewed:-} ]]; then
        say "renewing debian-archive-keyring, which lacks the key of $suite"
        keyring_renewed=yes
        apt-get update -qq && apt_install debian-archive-keyring && update_lists "$suite"
        return
    fi
    cat "$work/errors" >&2
    fail "Debian's $suite cannot be read from $(mirror)" "is the mirror reachable? (PARTMAN_TEST_MIRROR names another)" \
        "if its signature is refused, root must upgrade debian-archive-keyring; packages are never taken unsigned"
}

fetch_partman() {
    local version=$1 package=$2 suite=$3 found folder
    say "fetching pg_partman $version ($package from $suite)"
    rm -rf "$work"
    write_private_apt
    update_lists "$suite"
    (cd "$work" && private_apt apt-get download -qq "$package") || fail "$suite has no $package any more" "PARTMAN_TEST_MIRROR may name a mirror that has"
    dpkg -x "$work/$package"_*.deb "$work/tree"
    folder=$(dirname "$(echo "$work"/tree/usr/share/postgresql/*/extension/pg_partman.control)")
    found=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" "$folder/pg_partman.control")
    [[ -n $found ]] || fail "$package has no pg_partman.control with a default_version"
    mkdir "$work/files"
    cp "$folder"/pg_partman* "$work/files/"
    rm -rf "${cache:?}/pg_partman/$found"
    mv "$work/files" "$cache/pg_partman/$found"
    mv "$work/$package"_*.deb "$cache/pg_partman/$found.deb"
    partman_is_there "$version" && return
    fail "$suite now has pg_partman $found, but the tests want $version" \
        "$found was kept in $cache/pg_partman" \
        "set PARTMAN_TEST_MIRROR to a dated mirror of snapshot.debian.org that still has $version and run this again"
}

fetch_partmans() {
    mkdir -p "$cache/pg_partman"
    exec {lock}>"$cache/pg_partman/lock"
    flock "$lock"
    readonly work=$cache/pg_partman/apt
    trap 'rm -rf "$work"' EXIT
    local row
    for row in "${partmans[@]}"; do
        # shellcheck disable=SC2086 # three words
        partman_is_there ${row%% *} || fetch_partman $row
    done
}

# --- go --------------------------------------------------------------------------------------------------------

system_is_ready || install_packages
for row in "${partmans[@]}"; do
    partman_is_there "${row%% *}" || {
        fetch_partmans
        break
    }
done
"$(dirname "$0")/images.sh"
command -v cargo >/dev/null || fail "cargo is missing" "install Rust: https://rustup.rs"

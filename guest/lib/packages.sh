# Debian packages for the guest images, taken without installing them on this machine. Sourced by the builders.

guest_cache=${LNVPS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lnvps}
guest_packages=$guest_cache/packages

say() { echo "$(basename "$0"): $*" >&2; }
die() { say "$*"; exit 1; }

# Prints "file size sha256" of the present version of each named package, sorted. Needs no network once apt has its lists.
package_versions() {
    local empty wanted found
    wanted=$#
    empty=$(mktemp -d)
    # In a folder that holds the file already, apt prints nothing for it.
    found=$(cd "$empty" && apt-get download -q --print-uris "$@" 2>/dev/null | sed -nE 's/^.* ([^ ]+\.deb) ([0-9]+) SHA256:([0-9a-f]+)$/\1 \2 \3/p' | sort -u)
    rmdir "$empty"
    [ "$(grep -c . <<<"$found")" -eq "$wanted" ] || return 1
    echo "$found"
}

refresh_package_lists() {
    say "refreshing the package lists"
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=300 update >&2 </dev/null
}

# Prints the name of the package that "linux-image-cloud-amd64" stands for at present.
kernel_package() {
    apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -nE 's/^ *Depends: (linux-image-[0-9].*)$/\1/p' | head -n 1
}

# fetch_packages VERSIONS: brings every file of that list ("file size sha256") into the cache and checks it.
fetch_packages() {
    local file size sum missing=()
    mkdir -p "$guest_packages"
    while read -r file size sum; do
        [ "$(stat -c %s "$guest_packages/$file" 2>/dev/null)" = "$size" ] || missing+=("$file")
    done <<<"$1"
    if [ ${#missing[@]} -gt 0 ]; then
        say "fetching ${#missing[@]} Debian packages"
        local names=()
        # name_version_architecture.deb; the version is percent-encoded in file names only.
        for file in "${missing[@]}"; do names+=("${file%%_*}"); done
        (cd "$guest_packages" && apt-get download -q -o APT::Sandbox::User= "${names[@]}" >/dev/null) || return 1
    fi
    while read -r file size sum; do
        echo "$sum  $guest_packages/$file"
    done <<<"$1" | sha256sum --check --quiet --strict >&2
}

# unpack PACKAGE FOLDER: the content of the cached package of that list entry.
unpack() {
    local file
    file=$(awk -v name="$1" '{ split($1, part, "_"); if (part[1] == name) print $1 }' <<<"$package_list")
    [ -n "$file" ] || die "the package $1 is not in the list"
    mkdir -p "$2"
    dpkg-deb -x "$guest_packages/$file" "$2"
}

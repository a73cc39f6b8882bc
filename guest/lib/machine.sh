# A test machine under software emulation, alone in a network namespace that vanishes with the script. Sourced by the tests, which are
# called with --inside IMAGE then (see enter_namespace). Every wait has an end.

# enter_namespace IMAGE: starts the calling script again as "SCRIPT --inside IMAGE" in a network of its own.
enter_namespace() {
    local map=()
    [ "$(id -u)" -eq 0 ] || map=(--map-root-user)
    exec unshare "${map[@]}" --net --mount bash "$0" --inside "$(realpath "$1")"
}

# set_up_machine IMAGE SIZE: folder, keys, network and a disk of that size on top of the image.
set_up_machine() {
    image=$1
    work=$(mktemp -d)
    qemu= passed=0 failed=0
    trap finish EXIT
    trap 'exit 1' INT TERM
    ssh_options=(-o BatchMode=yes -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile="$work/known" -o ConnectTimeout=5 -o LogLevel=ERROR
        -o IdentitiesOnly=yes -F /dev/null)
    set_up_network
    qemu-img create -q -f qcow2 -b "$image" -F qcow2 "$work/disk.qcow2" "$2"
    mkfifo "$work/monitor" "$work/serial.in" "$work/serial.out"
    : >"$work/console.log"
    for name in first second; do ssh-keygen -q -t ed25519 -N '' -C "$name key: it's" -f "$work/$name"; done
}

finish() {
    local status=$?
    [ -z "$qemu" ] || kill "$qemu" 2>/dev/null || true
    # shellcheck disable=SC2046 — one process id a word is meant
    kill $(jobs -rp) 2>/dev/null || true
    [ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
    if [ "$failed" -gt 0 ]; then
        echo "--- serial console"
        tr -d '\r' <"$work/console.log" | tail -n 60
    fi
    rm -rf "$work"
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] || exit 1
}

# check WHAT GOT WANTED
check() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1)); echo "ok      $1"
    else
        failed=$((failed + 1)); echo "FAILED  $1"; printf '  wanted: %s\n  got:    %s\n' "${3//$'\n'/ | }" "${2//$'\n'/ | }"
    fi
}
give_up() { failed=$((failed + 1)); echo "FAILED  $*"; exit 1; }

mac=52:54:00:12:34:56
address=198.51.100.10

# A bridge with the gateways, which lie outside the guest's own networks.
set_up_network() {
    ip link set lo up
    ip link add bridge type bridge
    ip tuntap add tap mode tap
    ip link set tap master bridge
    ip link set tap up
    ip link set bridge up
    ip addr add 203.0.113.1/32 dev bridge
    ip route add 198.51.100.0/24 dev bridge
    ip -6 addr add 2001:db8:ffff::1/128 dev bridge nodad
    ip -6 route add 2001:db8:7::/64 dev bridge
}

# write_seed NAME HOST KEY MORE_ADDRESSES MORE_USER writes WORK/NAME.iso.
write_seed() {
    local name=$1 host=$2 key=$3 more_addresses=$4 more_user=$5
    mkdir -p "$work/$name"
    printf 'instance-id: "lnvps-vm-7"\nlocal-hostname: "%s"\n' "$host" >"$work/$name/meta-data"
    cat >"$work/$name/user-data" <<SEED
#cloud-config
hostname: "$host"
manage_etc_hosts: true
users:
  - default
  - name: "alice"
    sudo: "ALL=(ALL) NOPASSWD:ALL"
    shell: "/bin/bash"
$more_user
    ssh_authorized_keys:
      - "$(cat "$work/$key.pub")"
ssh_authorized_keys:
  - "$(cat "$work/$key.pub")"
ssh_pwauth: false
disable_root: true
ssh_deletekeys: false
write_files:
  - path: "/etc/from-seed"
    permissions: '0640'
    content: |
      first line
        second "line" # no comment
SEED
    cat >"$work/$name/network-config" <<SEED
version: 2
ethernets:
  eth0:
    match:
      macaddress: "$mac"
    set-name: "eth0"
    dhcp4: false
    dhcp6: false
    accept-ra: false
    addresses:
      - "198.51.100.10/25"
      - "2001:db8:7::10/64"$more_addresses
    routes:
      - to: "0.0.0.0/0"
        via: "203.0.113.1"
        on-link: true
      - to: "::/0"
        via: "2001:db8:ffff::1"
        on-link: true
    nameservers:
      addresses: ["192.0.2.53", "2001:db8::53"]
SEED
    (cd "$work/$name" && genisoimage -quiet -V cidata -R -no-pad -o "$work/$name.iso" meta-data user-data network-config)
}

# start_machine bios|uefi SEED MEMORY
start_machine() {
    local firmware=$1 seed=$2 memory=$3
    local extra=()
    if [ "$firmware" = uefi ]; then
        cp /usr/share/OVMF/OVMF_VARS_4M.fd "$work/firmware-variables"
        extra=(-drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd
            -drive "if=pflash,format=raw,file=$work/firmware-variables")
    fi
    # Nobody may be waiting for the console's output, or the guest would stand still.
    cat "$work/serial.out" >"$work/console.log" &
    qemu-system-x86_64 -machine q35 -accel tcg -cpu max -m "$memory" -display none -nodefaults "${extra[@]}" \
        -drive "file=$work/disk.qcow2,if=virtio,format=qcow2,cache=unsafe" \
        -device virtio-scsi-pci -drive "file=$seed,if=none,id=seed,media=cdrom,readonly=on" -device scsi-cd,drive=seed \
        -netdev tap,id=net,ifname=tap,script=no,downscript=no -device "virtio-net-pci,netdev=net,mac=$mac,romfile=" \
        -chardev "pipe,id=serial,path=$work/serial" -serial chardev:serial -monitor stdio <"$work/monitor" >"$work/monitor.log" 2>&1 &
    qemu=$!
    exec 7>"$work/monitor" 8>"$work/serial.in"
}

# Waits until the machine's process has ended; closes the ends that talked to it.
wait_for_end() {
    local left=$(($1 * 10))
    while kill -0 "$qemu" 2>/dev/null; do
        left=$((left - 1))
        [ $left -gt 0 ] || return 1
        sleep 0.1
    done
    qemu=
    exec 7>&- 8>&-
}

# as USER KEY COMMAND…: its output, or the complaint of ssh.
as() { local user=$1 key=$2; shift 2; timeout 60 ssh "${ssh_options[@]}" -i "$work/$key" "$user@$address" "$@" </dev/null 2>&1 | tr -d '\r' || true; }

wait_for_ssh() {
    local started=$SECONDS
    while [ $((SECONDS - started)) -lt "$1" ]; do
        kill -0 "$qemu" 2>/dev/null || give_up "the machine ended by itself: $(cat "$work/monitor.log")"
        if [ "$(timeout 5 bash -c "exec 3<>/dev/tcp/$address/22 && head -c 4 <&3" 2>/dev/null)" = SSH- ]; then
            echo "        (SSH answered after $((SECONDS - started)) s)"
            return
        fi
        sleep 0.2
    done
    give_up "SSH did not answer within $1 s"
}

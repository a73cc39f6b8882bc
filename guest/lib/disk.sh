# A disk that both kinds of firmware start from: one FAT partition with kernel, initial file system and two small boot loaders, one
# partition for the root. Made without mounting anything. Sourced by the builders, after lib/packages.sh.

boot_size=40 # MiB

# In the form mke2fs takes. The last MiB holds the second copy of the partition table.
root_size() { echo "$(($1 - boot_size - 2))M"; }

# make_disk WORK SIZE ID ROOT KERNEL INITIAL ARGUMENTS [COMPRESSION] makes WORK/image.qcow2.
#   SIZE in MiB; ID: eight hexadecimal digits that the identifiers of disk and partitions begin with; ROOT: image of the root file system;
#   ARGUMENTS: kernel command line; COMPRESSION: zlib, which every QEMU reads, or zstd, which takes a quarter of the time.
#   Needs the packages syslinux and systemd-boot-efi in the package list.
make_disk() {
    local work=$1 size=$2 id=$3 root=$4 kernel=$5 initial=$6 arguments=$7 compression=${8:-zlib}
    local disk=$work/disk.raw boot=$work/boot.raw loaders=$work/loaders root_mib
    root_mib=$(root_size "$size")
    truncate -s "${size}M" "$disk"
    sfdisk --quiet "$disk" <<TABLE
label: gpt
label-id: $id-7300-4000-8000-000000000001
start=1MiB, size=${boot_size}MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=$id-7300-4000-8000-000000000002, name=boot, attrs=LegacyBIOSBootable
start=$((1 + boot_size))MiB, size=${root_mib}iB, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, uuid=$id-7300-4000-8000-000000000003, name=root
TABLE

    truncate -s "${boot_size}M" "$boot"
    # Large clusters: the BIOS reads one at a time.
    mkfs.vfat -F 16 -s 16 -n BOOT -i "$id" --invariant -h 2048 "$boot" >/dev/null
    mkdir -p "$loaders"
    unpack systemd-boot-efi "$loaders"
    unpack syslinux "$loaders"
    printf 'timeout 0\neditor no\n' >"$loaders/loader.conf"
    printf 'title guest\nlinux /vmlinuz\ninitrd /initrd.img\noptions %s\n' "$arguments" >"$loaders/guest.conf"
    printf 'SERIAL 0 115200\nPROMPT 0\nTIMEOUT 1\nDEFAULT guest\nLABEL guest\n  LINUX /vmlinuz\n  INITRD /initrd.img\n  APPEND %s\n' \
        "$arguments" >"$loaders/syslinux.cfg"
    cp "$kernel" "$loaders/vmlinuz"
    cp "$initial" "$loaders/initrd.img"
    find "$loaders" -type f -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
    mmd -i "$boot" ::EFI ::EFI/BOOT ::loader ::loader/entries ::syslinux
    mcopy -m -i "$boot" "$loaders/vmlinuz" "$loaders/initrd.img" ::
    mcopy -m -i "$boot" "$loaders/usr/lib/systemd/boot/efi/systemd-bootx64.efi" ::EFI/BOOT/BOOTX64.EFI
    mcopy -m -i "$boot" "$loaders/loader.conf" ::loader/
    mcopy -m -i "$boot" "$loaders/guest.conf" ::loader/entries/
    mcopy -m -i "$boot" "$loaders/syslinux.cfg" ::syslinux/
    "$loaders/usr/bin/syslinux" --install --directory syslinux "$boot"

    dd if="$loaders/usr/lib/SYSLINUX/gptmbr.bin" of="$disk" bs=440 count=1 conv=notrunc status=none
    dd if="$boot" of="$disk" bs=1M seek=1 conv=notrunc,sparse status=none
    dd if="$root" of="$disk" bs=1M seek=$((1 + boot_size)) conv=notrunc,sparse status=none
    qemu-img convert -q -f raw -O qcow2 -c -o compat=1.1,compression_type=$compression "$disk" "$work/image.qcow2"
}

# Initial RAM disks: busybox, a small shell and our init, with or without modules. Sourced, never run.

# The archive is not compressed on purpose: an emulated CPU copies faster than it decompresses.
# initramfs_pack FOLDER FILE
initramfs_pack() {
    find "$1" -exec touch -h -d @0 {} +
    (cd "$1" && find . | LC_ALL=C sort | "$BUSYBOX" cpio -o -H newc -R 0:0 --renumber-inodes --ignore-devno \
        2>/dev/null) >"$2.new" || die "cannot write $2" "free some disk space"
    mv "$2.new" "$2"
    note "$(basename "$2"): $(du -h --apparent-size "$2" | cut -f1)"
}

# initramfs_base FOLDER: busybox with its applets, and the folders a system starts with.
initramfs_base() {
    rm -rf "$1"
    mkdir -p "$1/bin" "$1/dev" "$1/etc" "$1/proc" "$1/root" "$1/run" "$1/sys" "$1/tmp"
    cp "$BUSYBOX" "$1/bin/busybox"
    cp "$SHELL_STATIC" "$1/bin/mksh"
    ln -s bin "$1/sbin"
    mkdir "$1/usr"
    ln -s ../bin "$1/usr/bin"
    ln -s ../bin "$1/usr/sbin"
    for applet in $("$BUSYBOX" --list); do
        [ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"
    done
    cp "$GUEST/initramfs/profile" "$1/etc/profile"
    cp "$GUEST/initramfs/shell" "$1/bin/shell"
    mkdir -p "$1/etc/udhcpc"
    cp "$GUEST/rootfs/etc/udhcpc/default.script" "$1/etc/udhcpc/default.script"
    chmod 755 "$1/bin/shell" "$1/etc/udhcpc/default.script"
}

# initramfs_make FLAVOUR: the one that finds the root disk, with the modules of a kernel.
initramfs_make() {
    im_hash=$(fingerprint "$GUEST/initramfs" "$GUEST/rootfs/etc/udhcpc" "$GUEST/lists/initramfs-modules" \
        "$GUEST/lib/initramfs.sh" "$GUEST/lib/kernel.sh" "$CACHE/stamps/kernel-$1" "$BUSYBOX" "$SHELL_STATIC")
    step "Initramfs ($1)"
    up_to_date "initrd-$1" "$im_hash" "$OUT/initrd-$1.img" && return 0
    im_root=$CACHE/trees/initrd-$1
    initramfs_base "$im_root"
    modules_copy "$1" "$GUEST/lists/initramfs-modules" "$im_root"
    cp "$GUEST/initramfs/init" "$im_root/init"
    cp "$GUEST/initramfs/mdev.conf" "$im_root/etc/mdev.conf"
    chmod 755 "$im_root/init"
    initramfs_pack "$im_root" "$OUT/initrd-$1.img"
    stamp "initrd-$1" "$im_hash"
}

# initramfs_test: for automated tests; no modules, fits every kernel, first thing it does is to say so.
initramfs_test() {
    it_hash=$(fingerprint "$GUEST/initramfs" "$GUEST/rootfs/etc/udhcpc" "$GUEST/lib/initramfs.sh" "$BUSYBOX" \
        "$SHELL_STATIC")
    step "Initramfs (test)"
    up_to_date initrd-test "$it_hash" "$OUT/initrd-test.img" && return 0
    it_root=$CACHE/trees/initrd-test
    initramfs_base "$it_root"
    cp "$GUEST/initramfs/init-test" "$it_root/init"
    chmod 755 "$it_root/init"
    initramfs_pack "$it_root" "$OUT/initrd-test.img"
    stamp initrd-test "$it_hash"
}

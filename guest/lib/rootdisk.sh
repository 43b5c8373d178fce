# The demo disk: a small Debian system on ext4, made without root. Sourced, never run.

ROOT_SIZE=384M
ROOT_UUID=6261636b-706c-616e-6500-000000000001
ROOT_FEATURES=has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file
ROOT_FEATURES=$ROOT_FEATURES,huge_file,dir_nlink,extra_isize,metadata_csum

rootdisk_make() {
    step "Root disk: Debian userland"
    need mke2fs e2fsprogs
    need debugfs e2fsprogs
    # shellcheck disable=SC2046
    fetch_closure root $(read_list "$GUEST/lists/root-packages")
    rd_hash=$({
        fingerprint "$GUEST/rootfs" "$GUEST/lists" "$GUEST/lib" "$CACHE/stamps/kernel-full" \
            "$CACHE/stamps/kernel-cloud" "$BUSYBOX"
        ls "$CACHE/debs/root"
    } | sha256sum | cut -d' ' -f1)
    up_to_date root "$rd_hash" "$OUT/root.img" && return 0
    rd_root=$CACHE/trees/root
    rm -rf "$rd_root"
    rootdisk_unpack root "$rd_root"
    rootdisk_configure "$rd_root"
    modules_copy full "$GUEST/lists/root-modules" "$rd_root"
    modules_copy cloud "$GUEST/lists/root-modules" "$rd_root"
    rootdisk_index "$rd_root"
    rootdisk_image "$rd_root" "$OUT/root.img" "$ROOT_SIZE" backplane-root
    rm -rf "$rd_root"
    stamp root "$rd_hash"
}

# The indexes that the disk's own modprobe reads, made by its own depmod.
rootdisk_index() {
    ri_lib=$1/usr/lib/x86_64-linux-gnu
    for ri_folder in "$1/lib/modules"/*; do
        "$1/usr/lib64/ld-linux-x86-64.so.2" --library-path "$ri_lib" --argv0 depmod "$1/usr/bin/kmod" \
            -b "$1" "$(basename "$ri_folder")"
    done
}

# rootdisk_unpack SET FOLDER: one /usr, as Debian 12 has it, before the packages put anything there.
rootdisk_unpack() {
    mkdir -p "$2/usr/bin" "$2/usr/sbin" "$2/usr/lib" "$2/usr/lib64"
    for ru_link in bin sbin lib lib64; do
        ln -s "usr/$ru_link" "$2/$ru_link"
    done
    ru_left_out=" $(read_list "$GUEST/lists/root-leave-out" | tr '\n' ' ')"
    for deb in "$CACHE/debs/$1"/*.deb; do
        ru_name=$(basename "$deb")
        case $ru_left_out in
            *" ${ru_name%%_*} "*) ;;
            # Not dpkg-deb -x: that would put a folder where the link /bin -> usr/bin stands.
            *)
                dpkg-deb --fsys-tarfile "$deb" | tar -xpf - --keep-directory-symlink --no-same-owner -C "$2" ||
                    die "cannot unpack $deb" "guest/make --update $1"
                ;;
        esac
    done
    (cd "$2/usr/share" && rm -rf doc man info locale lintian bug bash-completion zsh perl5 pixmaps gcc gdb)
    note "$(du -sh "$2" | cut -f1) unpacked"
}

# What the packages' own scripts would have done, and our files over it.
rootdisk_configure() {
    mkdir -p "$1/dev" "$1/proc" "$1/sys" "$1/run" "$1/tmp" "$1/mnt" "$1/root" "$1/etc"
    chmod 1777 "$1/tmp"
    cp "$1/usr/share/base-passwd/passwd.master" "$1/etc/passwd"
    cp "$1/usr/share/base-passwd/group.master" "$1/etc/group"
    sed -i 's/^root:[^:]*:/root:x:/' "$1/etc/passwd"
    echo "sshd:x:101:65534::/run/sshd:/usr/sbin/nologin" >>"$1/etc/passwd"
    echo "tcpdump:x:102:102::/nonexistent:/usr/sbin/nologin" >>"$1/etc/passwd"
    echo "tcpdump:x:102:" >>"$1/etc/group"
    cp -R "$GUEST/rootfs/." "$1/"
    chmod 755 "$1"/etc/init.d/* "$1"/etc/acpi/PWRF/* "$1/etc/udhcpc/default.script"
    chmod 640 "$1/etc/shadow"
    ln -sf /proc/mounts "$1/etc/mtab"
    cp "$BUSYBOX" "$1/bin/busybox"
    for rc_path in $("$BUSYBOX" --list-full); do
        rc_name=$(basename "$rc_path")
        [ -e "$1/usr/bin/$rc_name" ] || [ -e "$1/usr/sbin/$rc_name" ] || [ -L "$1/usr/bin/$rc_name" ] ||
            [ -L "$1/usr/sbin/$rc_name" ] || ln -s /bin/busybox "$1/usr/sbin/$rc_name"
    done
    [ ! -e "$1/bin/sh" ] && ln -s bash "$1/bin/sh"
    "$1/sbin/ldconfig" -r "$1" || die "cannot make the library cache of the root disk" "report this as a bug"
}

# rootdisk_image FOLDER FILE SIZE LABEL
rootdisk_image() {
    note "writing the file system ($3)"
    rm -f "$2.new"
    truncate -s "$3" "$2.new"
    find "$1" -exec touch -h -d @0 {} +
    E2FSPROGS_FAKE_TIME=1 MKE2FS_DEVICE_SECTSIZE=512 mke2fs -q -F -t ext4 -b 4096 -m 0 -L "$4" \
        -U "$ROOT_UUID" -O "none,$ROOT_FEATURES" \
        -E "hash_seed=$ROOT_UUID,root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0" \
        -d "$1" "$2.new" >"$CACHE/apt/log/mke2fs.log" 2>&1 || {
        cat "$CACHE/apt/log/mke2fs.log" >&2
        die "mke2fs failed" "free some disk space; e2fsprogs must be 1.43 or newer"
    }
    [ "$(id -u)" = 0 ] || rootdisk_own "$1" "$2.new"
    mv "$2.new" "$2"
    note "$(basename "$2"): $(du -h "$2" | cut -f1) used of $3"
}

# mke2fs copies the owner that a file has on the host; on the disk all belongs to root.
rootdisk_own() {
    (cd "$1" && find . -mindepth 1 -printf 'sif "%P" uid 0\nsif "%P" gid 0\n') >"$CACHE/trees/owners"
    debugfs -w -f "$CACHE/trees/owners" "$2" >/dev/null 2>"$CACHE/apt/log/debugfs.log" ||
        die "debugfs could not set the owners in $2" "see $CACHE/apt/log/debugfs.log"
    rm "$CACHE/trees/owners"
}

# Guests for ./backplane bench: our workloads, built with the host's compiler, alone in an initial RAM disk or with
# Debian's programs on a disk. Sourced, never run.

TOOLS_SIZE=1G
JDK_SIZE=1536M

# Static, for the processor that Debian is for; what needs more asks the processor. Nothing that depends on the host
# but its compiler, and no fused operations, so that all platforms compute the same.
BENCH_FLAGS="-std=gnu17 -O2 -static -ffp-contract=off -fno-pie -no-pie -Wall -Wextra -Werror"

# bench_build: driver and scripts in $CACHE/trees/driver
bench_build() {
    need gcc "gcc libc6-dev"
    bb_hash=$({ fingerprint "$GUEST/bench" "$GUEST/lib/benchdisk.sh"; gcc -dumpfullversion; } | sha256sum | cut -d' ' -f1)
    BENCH_TREE=$CACHE/trees/driver
    up_to_date driver "$bb_hash" "$BENCH_TREE/driver" "$OUT/bench-driver" && return 0
    step "Workloads"
    rm -rf "$BENCH_TREE"
    mkdir -p "$BENCH_TREE"
    cp -R "$GUEST/bench/programs" "$GUEST/bench/src" "$GUEST/bench/serve" "$GUEST/bench/init" "$BENCH_TREE/"
    chmod 755 "$BENCH_TREE/init"
    # shellcheck disable=SC2086 # flags are words
    gcc $BENCH_FLAGS -o "$BENCH_TREE/driver" "$GUEST"/bench/src/*.c -lm -lpthread ||
        die "the workloads do not compile" "sudo apt-get install gcc libc6-dev"
    stamp driver "$bb_hash"
    ln -sfn "$BENCH_TREE/driver" "$OUT/bench-driver"
}

bench_initrd() {
    bench_build
    bi_hash=$({
        fingerprint "$GUEST/initramfs" "$GUEST/rootfs/etc/udhcpc" "$GUEST/lib/initramfs.sh" "$BUSYBOX" "$SHELL_STATIC"
        cat "$CACHE/stamps/driver"
    } | sha256sum | cut -d' ' -f1)
    step "Initramfs (bench)"
    up_to_date initrd-bench "$bi_hash" "$OUT/initrd-bench.img" && return 0
    bi_root=$CACHE/trees/initrd-bench
    initramfs_base "$bi_root"
    mkdir "$bi_root/bench"
    cp -R "$BENCH_TREE/." "$bi_root/bench/"
    cp "$BENCH_TREE/init" "$bi_root/init"
    initramfs_pack "$bi_root" "$OUT/initrd-bench.img"
    stamp initrd-bench "$bi_hash"
}

# benchdisk_make tools|jdk
benchdisk_make() {
    need mke2fs e2fsprogs
    need debugfs e2fsprogs
    bench_build
    bd_packages="$(read_list "$GUEST/lists/root-packages") $(read_list "$GUEST/lists/tools-packages")"
    case $1 in
        tools) bd_image=$OUT/bench.img bd_size=$TOOLS_SIZE ;;
        jdk)
            bd_image=$OUT/jdk.img bd_size=$JDK_SIZE
            bd_packages="$bd_packages $(read_list "$GUEST/lists/jdk-packages")"
            ;;
    esac
    step "Disk with programs ($1)"
    # shellcheck disable=SC2086 # the list is words
    fetch_closure "$1" $bd_packages
    bd_hash=$({
        fingerprint "$GUEST/rootfs" "$GUEST/lists" "$GUEST/lib" "$CACHE/stamps/kernel-full" \
            "$CACHE/stamps/kernel-cloud" "$BUSYBOX"
        cat "$CACHE/stamps/driver"
        ls "$CACHE/debs/$1"
    } | sha256sum | cut -d' ' -f1)
    bd_root=$CACHE/trees/$1
    up_to_date "$1" "$bd_hash" "$bd_image" && [ -x "$bd_root/bench/driver" ] && return 0
    rm -rf "$bd_root"
    rootdisk_unpack "$1" "$bd_root"
    rootdisk_configure "$bd_root"
    # what Debian's alternatives would have made
    ln -sf gcc "$bd_root/usr/bin/cc"
    ln -sf mawk "$bd_root/usr/bin/awk"
    for bd_program in "$bd_root"/usr/lib/jvm/java-17-openjdk-amd64/bin/*; do
        [ ! -x "$bd_program" ] || ln -sf "${bd_program#"$bd_root"}" "$bd_root/usr/bin/$(basename "$bd_program")"
    done
    modules_copy full "$GUEST/lists/root-modules" "$bd_root"
    modules_copy cloud "$GUEST/lists/root-modules" "$bd_root"
    rootdisk_index "$bd_root"
    mkdir "$bd_root/bench"
    cp -R "$BENCH_TREE/." "$bd_root/bench/"
    rootdisk_image "$bd_root" "$bd_image" "$bd_size" "backplane-$1"
    # The tree of the tools stays: ./backplane bench runs the same programs on the host.
    [ "$1" = tools ] || rm -rf "$bd_root"
    [ "$1" != tools ] || ln -sfn "$bd_root" "$OUT/bench-tree"
    stamp "$1" "$bd_hash"
}

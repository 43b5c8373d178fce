
# kernel_fetch FLAVOUR META: the newest kernel behind the meta package META, unpacked to trees/kernel-FLAVOUR.
kernel_fetch() {
    kf_flavour=$1
    kf_lock=$CACHE/debs/kernel-$kf_flavour.name
    if [ ! -s "$kf_lock" ] || [ "$UPDATE" = yes ]; then
        apt_prepare
        mkdir -p "$CACHE/debs"
        real_kernel_package "$2" >"$kf_lock"
        [ -s "$kf_lock" ] || die "no kernel package behind $2" "run guest/make --update with a network"
    fi
    kf_package=$(cat "$kf_lock")
    step "Kernel ($kf_flavour): $kf_package"
    fetch_exact "kernel-$kf_flavour" "$kf_package"
    kf_hash=$(cd "$CACHE/debs" && fingerprint "kernel-$kf_flavour")
    kf_tree=$CACHE/trees/kernel-$kf_flavour
    up_to_date "kernel-$kf_flavour" "$kf_hash" "$OUT/vmlinuz-$kf_flavour" "$OUT/config-$kf_flavour" \
        "$kf_tree/release" && return 0
    note "unpacking"
    rm -rf "$kf_tree"
    mkdir -p "$kf_tree"
    unpack "kernel-$kf_flavour" "$kf_tree"
    kf_release=$(ls "$kf_tree/lib/modules")
    note "module dependencies of $kf_release"
    "$BUSYBOX" depmod -b "$kf_tree" "$kf_release"
    cp "$kf_tree/boot/vmlinuz-$kf_release" "$OUT/vmlinuz-$kf_flavour"
    cp "$kf_tree/boot/config-$kf_release" "$OUT/config-$kf_flavour"
    printf '%s\n' "$kf_release" >"$kf_tree/release"
    stamp "kernel-$kf_flavour" "$kf_hash"
}

# modules_copy FLAVOUR LIST FOLDER: the modules that LIST names, and those they need, copied below
# FOLDER/lib/modules. A line of LIST is a module, or with a slash a folder below kernel/. What is not a module
# of this flavour (built in, or left out) is passed over.
modules_copy() {
    mc_tree=$CACHE/trees/kernel-$1
    mc_release=$(cat "$mc_tree/release")
    mc_from=$mc_tree/lib/modules/$mc_release
    mc_to=$3/lib/modules/$mc_release
    mkdir -p "$mc_to"
    read_list "$2" | awk -v deps="$mc_from/modules.dep" '
        BEGIN {
            while ((getline line < deps) > 0) {
                colon = index(line, ":")
                path = substr(line, 1, colon - 1)
                needs[path] = substr(line, colon + 1)
                name = path; sub(/.*\//, "", name); sub(/\.ko$/, "", name); gsub(/-/, "_", name)
                byname[name] = path
            }
        }
        /\// { for (p in needs) if (index(p, "kernel/" $0) == 1) want(p); next }
        { n = $0; gsub(/-/, "_", n); if (n in byname) want(byname[n]) }
        function want(p,    parts, count, i) {
            if (p in seen) return
            seen[p] = 1
            print p
            count = split(needs[p], parts, " ")
            for (i = 1; i <= count; i++) want(parts[i])
        }' | LC_ALL=C sort >"$mc_to/.files"
    (cd "$mc_from" && tar -cf - --no-recursion -T "$mc_to/.files") | tar -xf - -C "$mc_to"
    for mc_file in modules.builtin modules.builtin.modinfo modules.order; do
        cp "$mc_from/$mc_file" "$mc_to/"
    done
    rm "$mc_to/.files"
    "$BUSYBOX" depmod -b "$3" "$mc_release"
    note "$(find "$mc_to" -name '*.ko' | wc -l) modules of $mc_release, $(du -sh "$mc_to" | cut -f1)"
}

# Print jobs as the drivers of CUPS make them, on a disk that a guest can mount: the filters come from Debian's packages
# and run on the host, unpacked and not installed. Sourced, never run.

PRINTS_SIZE=4M

# print_job NAME PPD FILTER SETUP: what the filter makes of the picture; SETUP is what the PPD says for a resolution.
print_job() {
    PPD=$pj_tree/ppd/$2.ppd gs -q -dNOPAUSE -dBATCH -dSAFER -sDEVICE=cups -sOutputFile="$pj_tree/$1.ras" \
        -c "<</PageSize[595 842]>>setpagedevice <<$4>>setpagedevice" -f "$GUEST/prints/picture.ps" \
        >>"$CACHE/apt/log/prints.log" 2>&1 || die "Ghostscript cannot draw for $2" "see $CACHE/apt/log/prints.log"
    LD_LIBRARY_PATH=$pj_tree/usr/lib/x86_64-linux-gnu PPD=$pj_tree/ppd/$2.ppd \
        "$pj_tree/usr/lib/cups/filter/$3" 1 user title 1 "" "$pj_tree/$1.ras" \
        >"$pj_tree/jobs/$1.prn" 2>>"$CACHE/apt/log/prints.log" || die "$3 failed" "see $CACHE/apt/log/prints.log"
}

prints_make() {
    need gs ghostscript
    need mke2fs e2fsprogs
    step "Print jobs"
    fetch_exact prints cups cups-common cups-core-drivers cups-filters cups-filters-core-drivers cups-ppdc libcups2 \
        libcupsimage2 libavahi-client3 libavahi-common3
    pj_hash=$({
        fingerprint "$GUEST/prints" "$GUEST/lib/printjobs.sh"
        cat "$CACHE/debs/prints/.request"
    } | sha256sum | cut -d' ' -f1)
    up_to_date prints "$pj_hash" "$OUT/prints.img" && return 0
    pj_tree=$CACHE/trees/prints
    rm -rf "$pj_tree"
    mkdir -p "$pj_tree/jobs" "$CACHE/apt/log"
    unpack prints "$pj_tree"
    : >"$CACHE/apt/log/prints.log"
    LD_LIBRARY_PATH=$pj_tree/usr/lib/x86_64-linux-gnu "$pj_tree/usr/bin/ppdc" -I "$pj_tree/usr/share/cups/ppdc" \
        -d "$pj_tree/ppd" "$pj_tree/usr/share/cups/drv/sample.drv" >>"$CACHE/apt/log/prints.log" 2>&1 ||
        die "ppdc failed" "see $CACHE/apt/log/prints.log"
    print_job epson epson24 rastertoepson \
        "/HWResolution[180 180]/cupsBitsPerColor 1/cupsRowCount 24/cupsRowFeed 0/cupsRowStep 0/cupsColorSpace 3"
    print_job laserjet laserjet rastertohp "/HWResolution[150 150]/cupsBitsPerColor 1/cupsRowCount 0/cupsColorSpace 3"
    print_job deskjet deskjet rastertohp \
        "/HWResolution[150 150]/cupsBitsPerColor 1/cupsColorSpace 4/cupsColorOrder 1/cupsCompression 2"
    rm -f "$OUT/prints.img"
    mke2fs -q -F -t ext4 -m 0 -L backplane-prints -d "$pj_tree/jobs" "$OUT/prints.img.new" "$PRINTS_SIZE" \
        >>"$CACHE/apt/log/prints.log" 2>&1 || die "mke2fs failed" "see $CACHE/apt/log/prints.log"
    mv "$OUT/prints.img.new" "$OUT/prints.img"
    stamp prints "$pj_hash"
}

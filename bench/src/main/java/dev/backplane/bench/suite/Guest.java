package dev.backplane.bench.suite;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a platform boots for workloads.
 *
 * @param disk with the programs of Debian, if they are measured
 */
record Guest(Path kernel, Path initrd, Optional<Path> disk) {

    /** Our workloads alone, or with Debian's programs. */
    static Guest of(Path images, boolean programs) {
        return programs
                ? new Guest(images.resolve("vmlinuz-cloud"), images.resolve("initrd-cloud.img"),
                        Optional.of(images.resolve("bench.img")))
                : new Guest(images.resolve("vmlinuz-cloud"), images.resolve("initrd-bench.img"), Optional.empty());
    }

    String append() {
        return "console=ttyS0 quiet" + (disk.isPresent() ? " root=/dev/vda init=/bench/init" : "");
    }

    /** Megabytes with a suffix that both QEMU and vm:create know. */
    String memory() {
        return "768M";
    }
}

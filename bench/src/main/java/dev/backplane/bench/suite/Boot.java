package dev.backplane.bench.suite;

import java.nio.file.Path;
import java.util.List;

/**
 * A boot to the first process.
 *
 * @param name   as the table shows it
 * @param flavour of the kernel: cloud, full
 * @param vcpus  1 or more
 * @param cold   with the start of the runtime
 */
record Boot(String name, String flavour, int vcpus, boolean cold) {

    static final String GROUP = "boot";
    static final String MEMORY = "512M";
    static final String APPEND = "console=ttyS0";

    static List<Boot> all() {
        return List.of(new Boot("boot-cloud", "cloud", 1, false), new Boot("boot-cloud-cold", "cloud", 1, true),
                new Boot("boot-cloud-2", "cloud", 2, false), new Boot("boot-full", "full", 1, false),
                new Boot("boot-full-2", "full", 2, false));
    }

    Path kernel(Path images) {
        return images.resolve("vmlinuz-" + flavour);
    }

    Path initrd(Path images) {
        return images.resolve("initrd-test.img");
    }
}

package dev.backplane.api.machine;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * What a machine boots.
 *
 * @param kernel      a bzImage, an ELF with a PVH note or a Multiboot 1 ELF; null for none (such a machine cannot
 *                    start)
 * @param initrd      the initial RAM disk, or null
 * @param modules     Multiboot modules, in order; a path may be followed by arguments after a blank
 * @param commandLine the kernel's command line, passed on unchanged; "" for none
 */
public record BootSpec(Path kernel, Path initrd, List<String> modules, String commandLine) {
    public static final BootSpec NONE = new BootSpec(null, null, List.of(), "");

    public BootSpec {
        modules = List.copyOf(modules);
        Objects.requireNonNull(commandLine);
    }
}

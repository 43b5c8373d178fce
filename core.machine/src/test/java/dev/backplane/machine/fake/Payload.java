package dev.backplane.machine.fake;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Something that a machine can boot. */
public final class Payload {
    private Payload() {
    }

    /** A Multiboot 1 kernel of one page, loaded at 1 MiB. */
    public static Path multiboot(Path folder) throws IOException {
        int magic = 0x1BADB002;
        int flags = 0x10000;
        ByteBuffer b = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(magic).putInt(flags).putInt(-(magic + flags)).putInt(0x100000).putInt(0x100000).putInt(0x101000)
            .putInt(0).putInt(0x100020);
        return Files.write(folder.resolve("kernel"), b.array());
    }
}

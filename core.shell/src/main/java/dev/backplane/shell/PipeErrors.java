package dev.backplane.shell;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Leaves out what Gogo itself says of a command that fails in a pipe: {@link Batch} says it, as it says of any other.
 */
final class PipeErrors extends FilterOutputStream {

    private static final String PREFIX = "gogo: ";

    PipeErrors(OutputStream out) {
        super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (!new String(bytes, offset, length, StandardCharsets.UTF_8).startsWith(PREFIX)) {
            out.write(bytes, offset, length);
        }
    }
}

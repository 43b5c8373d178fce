package dev.backplane.machine.state;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

import dev.backplane.api.state.StateException;

/**
 * The compact form of a {@link StateTree}. A section is its number of fields (4 bytes) and the fields; a field is a
 * type byte, its name (length byte, ASCII) and its value; arrays and strings carry their length in 4 bytes. All numbers
 * are big-endian.
 */
public final class StateCodec {
    private static final int BOOLEAN = 1;
    private static final int INT = 2;
    private static final int LONG = 3;
    private static final int STRING = 4;
    private static final int BYTES = 5;
    private static final int INTS = 6;
    private static final int LONGS = 7;
    private static final int SECTION = 8;
    private static final int MAX_DEPTH = 16;
    /** The least a field takes: type, a name of one letter, a boolean. */
    private static final int MIN_FIELD = 4;

    private StateCodec() {
    }

    /** Encodes a tree. */
    public static byte[] encode(StateTree tree) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            write(tree, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(StateTree tree, DataOutputStream out) throws IOException {
        out.writeInt(tree.fields().size());
        for (Map.Entry<String, Object> field : tree.fields().entrySet()) {
            write(field.getKey(), field.getValue(), out);
        }
    }

    private static void head(int type, String name, DataOutputStream out) throws IOException {
        out.writeByte(type);
        out.writeByte(name.length());
        out.writeBytes(name);
    }

    private static void write(String name, Object value, DataOutputStream out) throws IOException {
        switch (value) {
            case Boolean b -> {
                head(BOOLEAN, name, out);
                out.writeByte(b ? 1 : 0);
            }
            case Integer i -> {
                head(INT, name, out);
                out.writeInt(i);
            }
            case Long l -> {
                head(LONG, name, out);
                out.writeLong(l);
            }
            case String s -> {
                head(STRING, name, out);
                byte[] utf8 = s.getBytes(StandardCharsets.UTF_8);
                out.writeInt(utf8.length);
                out.write(utf8);
            }
            case byte[] a -> {
                head(BYTES, name, out);
                out.writeInt(a.length);
                out.write(a);
            }
            case int[] a -> {
                head(INTS, name, out);
                out.writeInt(a.length);
                for (int v : a) {
                    out.writeInt(v);
                }
            }
            case long[] a -> {
                head(LONGS, name, out);
                out.writeInt(a.length);
                for (long v : a) {
                    out.writeLong(v);
                }
            }
            case StateTree t -> {
                head(SECTION, name, out);
                write(t, out);
            }
            default -> throw new IllegalStateException(name + " is a " + value.getClass());
        }
    }

    /**
     * Decodes a tree. No length in the bytes is trusted.
     *
     * @param name for messages
     */
    public static StateTree decode(String name, byte[] bytes) throws StateException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        StateTree tree = new StateTree(name);
        try {
            read(tree, in, 0);
        } catch (BufferUnderflowException e) {
            throw new StateException(name + ": saved state is cut short", e);
        } catch (IllegalArgumentException e) {
            throw new StateException(name + ": saved state is damaged: " + e.getMessage(), e);
        }
        if (in.hasRemaining()) {
            throw new StateException("%s: %d bytes follow the saved state".formatted(name, in.remaining()));
        }
        return tree;
    }

    private static void read(StateTree tree, ByteBuffer in, int depth) throws StateException {
        if (depth > MAX_DEPTH) {
            throw new StateException("saved state has more than " + MAX_DEPTH + " sections in one another");
        }
        int count = in.getInt();
        if (count < 0 || count > in.remaining() / MIN_FIELD) {
            throw new StateException("saved state is damaged: a section with " + count + " fields");
        }
        for (int i = 0; i < count; i++) {
            int type = in.get();
            byte[] ascii = new byte[in.get() & 0xFF];
            in.get(ascii);
            String name = new String(ascii, StandardCharsets.ISO_8859_1);
            switch (type) {
                case BOOLEAN -> tree.putBoolean(name, in.get() != 0);
                case INT -> tree.putInt(name, in.getInt());
                case LONG -> tree.putLong(name, in.getLong());
                case STRING -> {
                    byte[] utf8 = new byte[length(in, 1)];
                    in.get(utf8);
                    tree.putString(name, new String(utf8, StandardCharsets.UTF_8));
                }
                case BYTES -> {
                    byte[] a = new byte[length(in, 1)];
                    in.get(a);
                    tree.putBytes(name, a);
                }
                case INTS -> {
                    int[] a = new int[length(in, 4)];
                    for (int k = 0; k < a.length; k++) {
                        a[k] = in.getInt();
                    }
                    tree.putInts(name, a);
                }
                case LONGS -> {
                    long[] a = new long[length(in, 8)];
                    for (int k = 0; k < a.length; k++) {
                        a[k] = in.getLong();
                    }
                    tree.putLongs(name, a);
                }
                case SECTION -> read(tree.section(name), in, depth + 1);
                default -> throw new StateException("saved state is damaged: a field of type " + type);
            }
        }
    }

    private static int length(ByteBuffer in, int unit) throws StateException {
        int length = in.getInt();
        if (length < 0 || length > in.remaining() / unit) {
            throw new StateException("saved state is damaged: a length of " + length);
        }
        return length;
    }
}

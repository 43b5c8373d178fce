package dev.backplane.machine.state;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * A section of saved state: fields by name, in the order in which they were put, and sections within. Values are
 * Boolean, Integer, Long, String, byte[], int[], long[] and StateTree. Not thread-safe.
 */
public final class StateTree implements StateWriter {
    static final int MAX_NAME = 64;

    private final String path;
    private final Map<String, Object> fields = new LinkedHashMap<>();

    /** An empty tree; the name is for messages. */
    public StateTree(String name) {
        path = Objects.requireNonNull(name);
    }

    /** The fields in order. */
    Map<String, Object> fields() {
        return fields;
    }

    /** The names of all fields and sections, in order. */
    public List<String> names() {
        return List.copyOf(fields.keySet());
    }

    static boolean goodName(String name) {
        if (name.isEmpty() || name.length() > MAX_NAME) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean good = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-'
                || c == '_';
            if (!good) {
                return false;
            }
        }
        return true;
    }

    private StateTree put(String name, Object value) {
        if (!goodName(name)) {
            throw new IllegalArgumentException(path + ": '" + name + "' cannot be the name of a field");
        }
        if (fields.putIfAbsent(name, Objects.requireNonNull(value, name)) != null) {
            throw new IllegalArgumentException(path + ": field " + name + " is written twice");
        }
        return this;
    }

    @Override
    public StateTree putBoolean(String name, boolean value) {
        return put(name, value);
    }

    @Override
    public StateTree putInt(String name, int value) {
        return put(name, value);
    }

    @Override
    public StateTree putLong(String name, long value) {
        return put(name, value);
    }

    @Override
    public StateTree putString(String name, String value) {
        return put(name, value);
    }

    @Override
    public StateTree putBytes(String name, byte[] value) {
        return put(name, value.clone());
    }

    @Override
    public StateTree putInts(String name, int[] value) {
        return put(name, value.clone());
    }

    @Override
    public StateTree putLongs(String name, long[] value) {
        return put(name, value.clone());
    }

    @Override
    public StateTree section(String name) {
        StateTree section = new StateTree(path + "/" + name);
        put(name, section);
        return section;
    }

    /** Puts a tree that was filled before; it must not change afterwards. */
    public StateTree putTree(String name, StateTree section) {
        return put(name, section);
    }

    /** A section that was read, as one of another version. */
    public static StateReader withVersion(StateReader section, int version) {
        return section instanceof Reader r ? new Reader(r.tree, version) : section;
    }

    /** Reads this tree as a state of the given version. */
    public StateReader reader(int version) {
        return new Reader(this, version);
    }

    private record Reader(StateTree tree, int version) implements StateReader {

        private <T> T get(String name, Class<T> type, String what) throws StateException {
            Object value = tree.fields.get(name);
            if (value == null) {
                throw new StateException("%s: %s %s is missing".formatted(tree.path, what, name));
            }
            if (!type.isInstance(value)) {
                throw new StateException("%s: field %s is not %s".formatted(tree.path, name, what));
            }
            return type.cast(value);
        }

        @Override
        public boolean has(String name) {
            return tree.fields.containsKey(name);
        }

        @Override
        public boolean getBoolean(String name) throws StateException {
            return get(name, Boolean.class, "a boolean");
        }

        @Override
        public int getInt(String name) throws StateException {
            return get(name, Integer.class, "an int");
        }

        @Override
        public int getInt(String name, int min, int max) throws StateException {
            int value = getInt(name);
            if (value < min || value > max) {
                throw new StateException("%s: field %s is %d; %d to %d is possible".formatted(tree.path, name, value,
                    min, max));
            }
            return value;
        }

        @Override
        public long getLong(String name) throws StateException {
            return get(name, Long.class, "a long");
        }

        @Override
        public String getString(String name) throws StateException {
            return get(name, String.class, "a string");
        }

        @Override
        public byte[] getBytes(String name) throws StateException {
            return get(name, byte[].class, "a byte array").clone();
        }

        @Override
        public byte[] getBytes(String name, int length) throws StateException {
            byte[] value = getBytes(name);
            if (value.length != length) {
                throw new StateException("%s: field %s has %d bytes instead of %d".formatted(tree.path, name,
                    value.length, length));
            }
            return value;
        }

        @Override
        public int[] getInts(String name) throws StateException {
            return get(name, int[].class, "an int array").clone();
        }

        @Override
        public long[] getLongs(String name) throws StateException {
            return get(name, long[].class, "a long array").clone();
        }

        @Override
        public StateReader section(String name) throws StateException {
            return new Reader(get(name, StateTree.class, "a section"), version);
        }
    }
}

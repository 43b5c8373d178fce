package dev.backplane.testkit;

import java.util.LinkedHashMap;
import java.util.Map;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * Saved state in memory: what a device wrote, to be read back, looked at, or tampered with. Checks what the core
 * checks: names, types, ranges, and that no field is written twice.
 */
public final class TestState implements StateWriter, StateReader {
    private final String path;
    private final Map<String, Object> fields = new LinkedHashMap<>();
    private int version;

    public TestState(int version) {
        this("", version);
    }

    private TestState(String path, int version) {
        this.path = path;
        this.version = version;
    }

    /** The fields, in order; values are Boolean, Integer, Long, String, byte[], int[], long[] or TestState. */
    public Map<String, Object> fields() {
        return fields;
    }

    /** Pretends that another version of the device type wrote this. */
    public TestState withVersion(int other) {
        version = other;
        return this;
    }

    private StateWriter put(String name, Object value) {
        if (!name.matches("[A-Za-z0-9.-]+")) {
            throw new IllegalArgumentException("bad field name " + path + name);
        }
        if (fields.put(name, value) != null) {
            throw new IllegalArgumentException("field " + path + name + " written twice");
        }
        return this;
    }

    @Override
    public StateWriter putBoolean(String name, boolean value) {
        return put(name, value);
    }

    @Override
    public StateWriter putInt(String name, int value) {
        return put(name, value);
    }

    @Override
    public StateWriter putLong(String name, long value) {
        return put(name, value);
    }

    @Override
    public StateWriter putString(String name, String value) {
        return put(name, value);
    }

    @Override
    public StateWriter putBytes(String name, byte[] value) {
        return put(name, value.clone());
    }

    @Override
    public StateWriter putInts(String name, int[] value) {
        return put(name, value.clone());
    }

    @Override
    public StateWriter putLongs(String name, long[] value) {
        return put(name, value.clone());
    }

    @Override
    public int version() {
        return version;
    }

    @Override
    public boolean has(String name) {
        return fields.containsKey(name);
    }

    private <T> T get(String name, Class<T> type) throws StateException {
        Object value = fields.get(name);
        if (value == null) {
            throw new StateException("field " + path + name + " is missing");
        }
        if (!type.isInstance(value)) {
            throw new StateException("field " + path + name + " is not of type " + type.getSimpleName());
        }
        return type.cast(value);
    }

    @Override
    public boolean getBoolean(String name) throws StateException {
        return get(name, Boolean.class);
    }

    @Override
    public int getInt(String name) throws StateException {
        return get(name, Integer.class);
    }

    @Override
    public int getInt(String name, int min, int max) throws StateException {
        int value = getInt(name);
        if (value < min || value > max) {
            throw new StateException("field %s%s is %d; %d to %d is possible".formatted(path, name, value, min, max));
        }
        return value;
    }

    @Override
    public long getLong(String name) throws StateException {
        return get(name, Long.class);
    }

    @Override
    public String getString(String name) throws StateException {
        return get(name, String.class);
    }

    @Override
    public byte[] getBytes(String name) throws StateException {
        return get(name, byte[].class).clone();
    }

    @Override
    public byte[] getBytes(String name, int length) throws StateException {
        byte[] value = getBytes(name);
        if (value.length != length) {
            throw new StateException("field %s%s has %d bytes; %d are right".formatted(path, name, value.length,
                length));
        }
        return value;
    }

    @Override
    public int[] getInts(String name) throws StateException {
        return get(name, int[].class).clone();
    }

    @Override
    public long[] getLongs(String name) throws StateException {
        return get(name, long[].class).clone();
    }

    /** For a writer a new section; for a reader (after everything was written) the section of that name. */
    @Override
    public TestState section(String name) {
        Object existing = fields.get(name);
        if (existing instanceof TestState state) {
            return state;
        }
        TestState section = new TestState(path + name + "/", version);
        put(name, section);
        return section;
    }
}

package dev.backplane.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;

import dev.backplane.api.console.ConsolePort;

/** A console whose user is the test. Threading: the test's thread only. */
public final class TestConsole implements ConsolePort {
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final ArrayDeque<Integer> input = new ArrayDeque<>();
    private Runnable onInput;

    @Override
    public void write(int value) {
        if (value < 0 || value > 255) {
            throw new IllegalArgumentException("console byte " + value);
        }
        output.write(value);
    }

    @Override
    public int read() {
        Integer value = input.poll();
        return value == null ? -1 : value;
    }

    @Override
    public int available() {
        return input.size();
    }

    @Override
    public void onInput(Runnable callback) {
        onInput = callback;
    }

    /** What the device has printed, as Latin-1. */
    public String printed() {
        return output.toString(StandardCharsets.ISO_8859_1);
    }

    /** Input that a new device finds waiting; tells nobody. */
    void queue(byte[] data) {
        for (byte b : data) {
            input.add(b & 0xFF);
        }
    }

    Runnable callback() {
        return onInput;
    }
}

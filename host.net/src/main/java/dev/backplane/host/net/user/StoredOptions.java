package dev.backplane.host.net.user;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import dev.backplane.api.device.Options;

/** Options of a network as text, from a saved state. */
record StoredOptions(Map<String, String> values) implements Options {
    @Override
    public boolean has(String name) {
        return values.get(name) != null;
    }

    @Override
    public String string(String name) {
        return values.get(name);
    }

    @Override
    public long integer(String name) {
        return Long.decode(values.get(name));
    }

    @Override
    public boolean bool(String name) {
        return Boolean.parseBoolean(values.get(name));
    }

    @Override
    public long size(String name) {
        return integer(name);
    }

    @Override
    public Duration duration(String name) {
        return Duration.parse(values.get(name));
    }

    @Override
    public Path path(String name) {
        return Path.of(values.get(name));
    }
}

package dev.backplane.machine.host;

import java.util.LinkedHashMap;
import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.host.Handover;

/** What travels from one endpoint to the next; closed when nobody took it. Not thread-safe. */
final class HandoverBox implements Handover {
    private static final Logger LOG = LoggerFactory.getLogger(HandoverBox.class);

    private final Map<String, Object> objects = new LinkedHashMap<>();

    @Override
    public void put(String name, Object object) {
        Class<?> type = object.getClass();
        while (type.isArray()) {
            type = type.getComponentType();
        }
        ClassLoader loader = type.getClassLoader();
        if (loader != null && loader != ClassLoader.getPlatformClassLoader()) {
            throw new IllegalArgumentException(name + " is a " + type.getName() + ", which is not a class of the JDK");
        }
        if (objects.putIfAbsent(name, object) != null) {
            throw new IllegalArgumentException(name + " is handed over twice");
        }
    }

    @Override
    public <T> T take(String name, Class<T> type) {
        Object found = objects.get(name);
        return type.isInstance(found) ? type.cast(objects.remove(name)) : null;
    }

    /** Closes what nobody took. */
    void closeRest() {
        objects.forEach((name, object) -> {
            if (object instanceof AutoCloseable resource) {
                try {
                    resource.close();
                } catch (Exception e) {
                    LOG.warn("what was handed over as {} cannot be closed: {}", name, e.toString());
                }
            }
        });
        objects.clear();
    }
}

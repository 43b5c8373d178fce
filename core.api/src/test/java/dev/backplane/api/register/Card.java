package dev.backplane.api.register;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import dev.backplane.api.device.Counter;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** A card that has counters, a log and a state of longs, and nothing else. */
final class Card implements AutoCloseable {
    final Map<String, Long> state = new HashMap<>();
    final List<String> log = new ArrayList<>();
    private final Map<String, AtomicLong> counters = new HashMap<>();
    private final Logger logger;
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            log.add(line.getMessage());
        }

        @Override
        public void flush() {
        }

        @Override
        public void close() {
        }
    };

    Card(String id) {
        this(id, Level.INFO);
    }

    Card(String id, Level level) {
        logger = Logger.getLogger("dev.backplane.registers.test." + id);
        logger.setUseParentHandlers(false);
        logger.setLevel(level);
        logger.addHandler(handler);
    }

    DeviceContext context() {
        return proxy(DeviceContext.class, (method, arguments) -> switch (method) {
            case "machine" -> "test";
            case "id" -> logger.getName().substring(logger.getName().lastIndexOf('.') + 1);
            case "counter" -> counter((String) arguments[0]);
            default -> throw new AssertionError(method);
        });
    }

    private Counter counter(String name) {
        AtomicLong value = counters.computeIfAbsent(name, key -> new AtomicLong());
        return new Counter() {
            @Override
            public void add(long amount) {
                value.addAndGet(amount);
            }

            @Override
            public long value() {
                return value.get();
            }
        };
    }

    long count(String name) {
        return counters.get(name).get();
    }

    StateWriter writer() {
        return proxy(StateWriter.class, (method, arguments) -> {
            if (state.put((String) arguments[0], (Long) arguments[1]) != null) {
                throw new AssertionError(arguments[0] + " written twice");
            }
            return null;
        });
    }

    StateReader reader() {
        return proxy(StateReader.class, (method, arguments) -> switch (method) {
            case "has" -> state.containsKey(arguments[0]);
            case "getLong" -> {
                Long value = state.get(arguments[0]);
                if (value == null) {
                    throw new StateException("field " + arguments[0] + " is missing");
                }
                yield value;
            }
            default -> throw new AssertionError(method);
        });
    }

    private interface Call {
        Object on(String method, Object[] arguments) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, Call call) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
            (self, method, arguments) -> call.on(method.getName(), arguments)));
    }

    @Override
    public void close() {
        logger.removeHandler(handler);
    }
}

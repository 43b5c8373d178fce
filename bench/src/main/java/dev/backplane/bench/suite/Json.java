package dev.backplane.bench.suite;

import java.util.Collection;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** Values as JSON (RFC 8259): maps, collections, strings, numbers, booleans, null. */
final class Json {

    private Json() {
    }

    static String write(Object value) {
        return switch (value) {
            case null -> "null";
            case Boolean b -> b.toString();
            case OptionalDouble d -> d.isPresent() ? write(d.getAsDouble()) : "null";
            case Double d -> d.isNaN() || d.isInfinite() ? "null" : d.toString();
            case Number n -> n.toString();
            case Map<?, ?> m -> m.entrySet().stream()
                    .map(e -> quote(e.getKey().toString()) + ": " + write(e.getValue()))
                    .collect(Collectors.joining(", ", "{", "}"));
            case Collection<?> c -> c.stream().map(Json::write).collect(Collectors.joining(",\n", "[", "]"));
            default -> quote(value.toString());
        };
    }

    private static String quote(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.chars().forEach(c -> {
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                default -> {
                    if (c < ' ') {
                        out.append("\\u%04x".formatted(c));
                    } else {
                        out.append((char) c);
                    }
                }
            }
        });
        return out.append('"').toString();
    }
}

package dev.backplane.machine.spec;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

import dev.backplane.api.machine.BootSpec;
import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;

/** A machine's specification as YAML 1.2. */
public final class SpecYaml {
    private static final int DEFAULT_VCPUS = 1;
    private static final String DEFAULT_MEMORY = "512M";
    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_DEPTH = 16;
    private static final List<String> KEYS = List.of("name", "vcpus", "memory", "cpu-model", "cpu-backend", "kernel",
        "initrd", "modules", "append", "cards");
    private static final List<String> CARD_KEYS = List.of("id", "type", "slot", "options");

    private SpecYaml() {
    }

    /** Writes a specification. */
    public static String write(MachineSpec spec) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("name", spec.name());
        out.put("vcpus", spec.vcpus());
        out.put("memory", Quantities.sizeText(spec.memory()));
        putIfThere(out, "cpu-model", spec.cpuModel());
        putIfThere(out, "cpu-backend", spec.cpuBackend());
        BootSpec boot = spec.boot();
        putIfThere(out, "kernel", boot.kernel());
        putIfThere(out, "initrd", boot.initrd());
        if (!boot.modules().isEmpty()) {
            out.put("modules", boot.modules());
        }
        if (!boot.commandLine().isEmpty()) {
            out.put("append", boot.commandLine());
        }
        List<Object> cards = new ArrayList<>();
        for (CardSpec c : spec.cards()) {
            Map<String, Object> card = new LinkedHashMap<>();
            putIfThere(card, "id", c.id());
            card.put("type", c.type());
            putIfThere(card, "slot", c.slot());
            if (!c.options().isEmpty()) {
                card.put("options", c.options());
            }
            cards.add(card);
        }
        if (!cards.isEmpty()) {
            out.put("cards", cards);
        }
        return new Dump(DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).setWidth(120).build())
            .dumpToString(out);
    }

    private static void putIfThere(Map<String, Object> out, String key, Object value) {
        if (value != null) {
            out.put(key, value.toString());
        }
    }

    /**
     * Reads a specification.
     *
     * @param source for messages
     * @param folder what relative paths are relative to
     * @throws MachineException names the source, the key, the value and what would be right
     */
    public static MachineSpec read(String source, String yaml, Path folder) throws MachineException {
        if (yaml.length() > MAX_BYTES) {
            throw new MachineException(source + " is too large to be a machine's specification");
        }
        LoadSettings settings = LoadSettings.builder().setLabel(source).setMaxAliasesForCollections(10)
            .setCodePointLimit(MAX_BYTES).build();
        Object root;
        try {
            checkDepth(source, new Parse(settings).parseString(yaml));
            root = new Load(settings).loadFromString(yaml);
        } catch (YamlEngineException e) {
            throw new MachineException(source + " is no valid YAML: " + e.getMessage().lines().findFirst().orElse(""),
                e);
        }
        Node top = new Node(source, map(source, root, KEYS));
        MachineSpec spec = new MachineSpec(top.required("name"), top.integer("vcpus", DEFAULT_VCPUS),
            top.size("memory", DEFAULT_MEMORY), top.text("cpu-model"), top.text("cpu-backend"),
            new BootSpec(top.path("kernel", folder), top.path("initrd", folder), top.texts("modules"),
                top.text("append") == null ? "" : top.text("append")),
            cards(source, top.map.get("cards")));
        return spec;
    }

    /** Loading is recursive: what is nested deeply would overflow the stack. */
    private static void checkDepth(String source, Iterable<Event> events) throws MachineException {
        int depth = 0;
        for (Event e : events) {
            switch (e.getEventId()) {
                case MappingStart, SequenceStart -> depth++;
                case MappingEnd, SequenceEnd -> depth--;
                default -> { }
            }
            if (depth > MAX_DEPTH) {
                throw new MachineException(source + " is nested too deeply to be a machine's specification");
            }
        }
    }

    private static List<CardSpec> cards(String source, Object value) throws MachineException {
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list)) {
            throw new MachineException(source + ": cards is not a list");
        }
        List<CardSpec> cards = new ArrayList<>();
        for (Object o : list) {
            String where = source + ": card " + (cards.size() + 1);
            Node card = new Node(where, map(where, o, CARD_KEYS));
            Map<String, String> options = new LinkedHashMap<>();
            Object given = card.map.get("options");
            if (given != null) {
                for (Map.Entry<String, Object> e : map(where + ": options", given, null).entrySet()) {
                    options.put(e.getKey(), scalar(where, e.getKey(), e.getValue()));
                }
            }
            cards.add(new CardSpec(card.text("id"), card.required("type"), card.text("slot"), options));
        }
        return cards;
    }

    private static Map<String, Object> map(String where, Object value, List<String> keys) throws MachineException {
        if (!(value instanceof Map<?, ?> given)) {
            throw new MachineException(where + " is not a map of keys and values");
        }
        Map<String, Object> map = new LinkedHashMap<>();
        for (Map.Entry<?, ?> e : given.entrySet()) {
            String key = String.valueOf(e.getKey());
            if (keys != null && !keys.contains(key)) {
                throw new MachineException("%s: there is no key %s%s".formatted(where, key,
                    Suggestions.hint(key, keys)));
            }
            map.put(key, e.getValue());
        }
        return map;
    }

    private static String scalar(String where, String key, Object value) throws MachineException {
        if (value == null || value instanceof Map || value instanceof List) {
            throw new MachineException("%s: %s is not a single value".formatted(where, key));
        }
        return value.toString();
    }

    private record Node(String where, Map<String, Object> map) {

        String text(String key) throws MachineException {
            return map.get(key) == null ? null : scalar(where, key, map.get(key));
        }

        String required(String key) throws MachineException {
            String value = text(key);
            if (value == null) {
                throw new MachineException(where + ": " + key + " is missing");
            }
            return value;
        }

        int integer(String key, int otherwise) throws MachineException {
            String value = text(key);
            if (value == null) {
                return otherwise;
            }
            OptionalLong n = Quantities.integer(value);
            if (n.isEmpty() || n.getAsLong() != (int) n.getAsLong()) {
                throw new MachineException("%s: %s is %s, not a number".formatted(where, key, value));
            }
            return (int) n.getAsLong();
        }

        long size(String key, String otherwise) throws MachineException {
            String value = text(key) == null ? otherwise : text(key);
            return Quantities.size(value).orElseThrow(
                () -> new MachineException("%s: %s is %s, not a size such as 512M".formatted(where, key, value)));
        }

        Path path(String key, Path folder) throws MachineException {
            String value = text(key);
            try {
                return value == null ? null : folder.resolve(value).toAbsolutePath().normalize();
            } catch (InvalidPathException e) {
                throw new MachineException("%s: %s is %s, not the name of a file".formatted(where, key, value), e);
            }
        }

        List<String> texts(String key) throws MachineException {
            Object value = map.get(key);
            if (value == null) {
                return List.of();
            }
            if (!(value instanceof List<?> list)) {
                throw new MachineException("%s: %s is not a list".formatted(where, key));
            }
            List<String> texts = new ArrayList<>();
            for (Object o : list) {
                texts.add(scalar(where, key, o));
            }
            return texts;
        }
    }
}

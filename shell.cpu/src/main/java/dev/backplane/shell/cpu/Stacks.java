package dev.backplane.shell.cpu;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A profile with names instead of addresses. */
final class Stacks {
    /** Samples by stack, the outermost first: vCPU, kernel or user, callers, symbol. */
    private final Map<String, Long> folded = new TreeMap<>();
    private final Map<Line, Long> flat = new HashMap<>();
    private long samples;
    private long withCallers;

    /**
     * A line of the table.
     *
     * @param symbol the symbol, or the address
     * @param where  whose code it is
     */
    record Line(String symbol, String where) {
    }

    Stacks(Map<Profile.Place, Long> places, Symbols symbols) {
        places.forEach((place, weight) -> {
            String symbol = name(symbols, place.address());
            String where = place.cpl() == 0 ? "kernel" : "user, CR3 " + Long.toHexString(place.cr3() & ~0xFFFL);
            flat.merge(new Line(symbol, where), weight, Long::sum);
            List<String> frames = new ArrayList<>();
            frames.add(symbol);
            for (long caller : place.callers()) {
                // A return address is behind the call.
                frames.add(name(symbols, caller - 1));
            }
            frames.add(place.cpl() == 0 ? "kernel" : "user");
            frames.add("cpu" + place.vcpu());
            Collections.reverse(frames);
            folded.merge(String.join(";", frames), weight, Long::sum);
            samples += weight;
            withCallers += place.callers().isEmpty() ? 0 : weight;
        });
    }

    private static String name(Symbols symbols, long address) {
        String name = symbols.name(address);
        return name == null ? "0x" + Long.toHexString(address) : name.replace(';', ':');
    }

    long samples() {
        return samples;
    }

    /** The share of samples that have callers, 0 to 1. */
    double shareWithCallers() {
        return samples == 0 ? 0 : (double) withCallers / samples;
    }

    /** The most frequent first. */
    List<Map.Entry<Line, Long>> lines() {
        return flat.entrySet().stream().sorted(Map.Entry.<Line, Long>comparingByValue().reversed()
            .thenComparing(e -> e.getKey().symbol())).toList();
    }

    /** One line for each stack: frames separated by semicolons, a blank, samples. */
    Map<String, Long> folded() {
        return folded;
    }
}

package dev.backplane.bench.suite;

import java.util.Collection;
import java.util.OptionalDouble;

/** The few numbers that a comparison needs. */
final class Statistics {

    private Statistics() {
    }

    /** The middle one, or the mean of the two in the middle; nothing of nothing. */
    static OptionalDouble median(Collection<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int n = sorted.length;
        return n == 0 ? OptionalDouble.empty() : OptionalDouble.of((sorted[(n - 1) / 2] + sorted[n / 2]) / 2);
    }

    /** The geometric mean of positive numbers; nothing of nothing. */
    static OptionalDouble geometricMean(Collection<Double> values) {
        return values.stream().mapToDouble(v -> {
            if (v <= 0) {
                throw new IllegalArgumentException("no geometric mean with " + v);
            }
            return Math.log(v);
        }).average().stream().map(Math::exp).findFirst();
    }
}

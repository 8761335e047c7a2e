package io.dlrouter.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * The meters of one name: one for each combination of its labels' values, made with its first use and found
 * again without a walk through the registry. Safe for use by many threads.
 */
final class MeterFamily<M extends Meter> {
    private final MeterRegistry registry;
    private final List<String> labels;
    private final Function<List<Tag>, M> maker;
    private final Map<List<String>, M> meters = new ConcurrentHashMap<>();

    private MeterFamily(MeterRegistry registry, List<String> labels, Function<List<Tag>, M> maker) {
        this.registry = registry;
        this.labels = labels;
        this.maker = maker;
    }

    static MeterFamily<Counter> counters(MeterRegistry registry, String name, String description, String... labels) {
        return new MeterFamily<>(
                registry,
                List.of(labels),
                tags -> Counter.builder(name)
                        .description(description)
                        .tags(tags)
                        .register(registry));
    }

    static MeterFamily<Timer> timers(
            MeterRegistry registry, String name, String description, List<Duration> buckets, String... labels) {
        return new MeterFamily<>(
                registry,
                List.of(labels),
                tags -> Timer.builder(name)
                        .description(description)
                        .serviceLevelObjectives(buckets.toArray(Duration[]::new))
                        .tags(tags)
                        .register(registry));
    }

    /** @param values of the labels, in their order */
    M of(String... values) {
        List<String> key = List.of(values);
        M meter = meters.get(key);
        return meter == null ? meters.computeIfAbsent(key, this::make) : meter;
    }

    private M make(List<String> values) {
        return maker.apply(IntStream.range(0, labels.size())
                .mapToObj(i -> Tag.of(labels.get(i), values.get(i)))
                .toList());
    }

    /** Drops the meters whose label has a value that is not wanted. */
    void retain(String label, Predicate<String> wanted) {
        int position = labels.indexOf(label);
        meters.forEach((values, meter) -> {
            if (!wanted.test(values.get(position))) {
                meters.remove(values);
                registry.remove(meter);
            }
        });
    }
}

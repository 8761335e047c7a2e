package io.dlrouter.replay;

import io.dlrouter.core.plugin.Providers;
import io.dlrouter.spi.RoutingStrategy;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A strategy as a command line has it: {@code round_robin}, {@code prefix_cache{prefix_cache_tokens=0}}.
 *
 * @param text as it was written
 * @param options for its provider
 */
record NamedStrategy(String text, String name, Map<String, String> options) {
    private static final Pattern FORM = Pattern.compile("([^{}]+)(?:\\{([^{}=]+=[^{},]*(?:,[^{}=]+=[^{},]*)*)?})?");
    private static final String SEED = "routing_seed";

    NamedStrategy {
        options = Map.copyOf(options);
    }

    /** @throws IllegalArgumentException if it is not written so */
    static NamedStrategy parse(String text) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "strategies: " + text + " (expected: a name, or one with options: name{option=value,...})");
        }
        String options = form.group(2);
        return new NamedStrategy(text.strip(), form.group(1), options == null ? Map.of() : options(options));
    }

    private static Map<String, String> options(String text) {
        Map<String, String> options = new HashMap<>();
        for (String option : text.split(",", -1)) {
            int equals = option.indexOf('=');
            options.put(
                    option.substring(0, equals).strip(),
                    option.substring(equals + 1).strip());
        }
        return options;
    }

    /**
     * A new one, which draws the same random numbers for the same seed unless its options say another one.
     *
     * @throws IllegalArgumentException if there is none of this name, if it does not take its options, or did not ask for
     *     one of them
     */
    RoutingStrategy create(Providers<RoutingStrategy.Provider> providers, long seed) {
        Map<String, String> all = new HashMap<>(options);
        all.putIfAbsent(SEED, Long.toString(seed));
        AskedOptions asked = new AskedOptions(all);
        RoutingStrategy strategy = providers.make(name, provider -> provider.create(asked));
        options.keySet().stream()
                .filter(option -> !option.equals(SEED) && !asked.names().contains(option))
                .findFirst()
                .ifPresent(option -> {
                    throw new IllegalArgumentException("strategies: " + text + ": " + name + " has no option " + option
                            + " (expected: " + (asked.names().isEmpty() ? "none" : String.join(" or ", asked.names()))
                            + ")");
                });
        return strategy;
    }
}

package io.dlrouter.server;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The environment variables that stand for options: {@code DLROUTER_<OPTION>}, and a few names that others gave. A
 * variable that is set to nothing counts as not set.
 */
record Environment(Map<String, String> variables) implements IDefaultValueProvider {
    private static final String PREFIX = "DLROUTER_";
    private static final Map<String, List<String>> NAMES_BY_OTHERS = Map.of(
            "ssl_keyfile", List.of("SSL_KEYFILE"),
            "ssl_certfile", List.of("SSL_CERTFILE"),
            "uvicorn_log_level", List.of("UVICORN_LOG_LEVEL"),
            "request_timeout", List.of("DLROUTER_AIOHTTP_TIMEOUT"));

    Environment {
        variables = Map.copyOf(variables);
    }

    @Override
    public @Nullable String defaultValue(ArgSpec option) {
        return variable(option).map(variables::get).orElse(null);
    }

    /** The variable that gives a value to an option; empty if none does. */
    Optional<String> variable(ArgSpec option) {
        return names(((OptionSpec) option).longestName().substring(2))
                .filter(name -> !variables.getOrDefault(name, "").isBlank())
                .findFirst();
    }

    private static Stream<String> names(String option) {
        if (option.equals("help") || option.equals("version")) {
            return Stream.empty();
        }
        return Stream.concat(
                Stream.of(PREFIX + option.toUpperCase(Locale.ROOT)),
                NAMES_BY_OTHERS.getOrDefault(option, List.of()).stream());
    }
}

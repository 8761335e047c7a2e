package io.dlrouter.server.options;

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
 * The environment variables that give options their defaults: {@code DLROUTER_<OPTION>}, and a few names of other
 * programs. A variable with a blank value counts as not set. Not picocli's {@code ${env:…}}, which takes a blank value for
 * set and reads the environment of the process only.
 */
record EnvironmentDefaults(Map<String, String> variables) implements IDefaultValueProvider {
    private static final String PREFIX = "DLROUTER_";
    private static final Map<String, List<String>> OTHER_NAMES = Map.of(
            "ssl_keyfile", List.of("SSL_KEYFILE"),
            "ssl_certfile", List.of("SSL_CERTFILE"),
            "uvicorn_log_level", List.of("UVICORN_LOG_LEVEL"),
            "request_timeout", List.of("DLROUTER_AIOHTTP_TIMEOUT"));

    EnvironmentDefaults {
        variables = Map.copyOf(variables);
    }

    @Override
    public @Nullable String defaultValue(ArgSpec option) {
        return variable(option).map(variables::get).orElse(null);
    }

    /** The variable that gives an option its default; empty if there is none. */
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
                OTHER_NAMES.getOrDefault(option, List.of()).stream());
    }
}

package io.dlrouter.server.options;

import static java.util.stream.Collectors.joining;

import io.dlrouter.spi.BackendOption;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.RegexTransformer;

/**
 * Options that the providers of backends declare: a group of {@code --help} for each set of backends that share them, and
 * read like any other option from the command line and the environment.
 *
 * @param backends those that declare the options of the group
 */
record BackendOptionGroup(Set<String> backends) {

    /** The options {@code --no_<name>} of flags whose default is true. */
    static final RegexTransformer NEGATION = new RegexTransformer.Builder()
            .addPattern("^--(\\w+)$", "--no_$1", "--[no_]$1")
            .build();

    /**
     * Adds the groups.
     *
     * @param declared the options of each backend
     * @throws IllegalArgumentException if a backend declares an option of the gateway
     */
    static void addTo(CommandSpec command, Map<String, List<BackendOption>> declared) {
        Map<String, Set<String>> backendsOf = new LinkedHashMap<>();
        declared.forEach((backend, options) -> options.forEach(option -> backendsOf
                .computeIfAbsent(option.name(), name -> new TreeSet<>())
                .add(checkedOwner(command, option, backend))));
        for (Set<String> backends : new LinkedHashSet<>(backendsOf.values())) {
            CommandSpec group = CommandSpec.wrapWithoutInspection(new BackendOptionGroup(backends));
            declared.getOrDefault(backends.iterator().next(), List.of()).stream()
                    .filter(option -> backends.equals(backendsOf.get(option.name())))
                    .forEach(option -> group.addOption(spec(option)));
            command.addMixin("Backend " + String.join(" or ", backends), group);
        }
    }

    private static String checkedOwner(CommandSpec command, BackendOption option, String backend) {
        if (command.findOption("--" + option.name()) != null) {
            throw new IllegalArgumentException("backend: " + backend + " declares " + option.name()
                    + ", which is an option already (expected: another name)");
        }
        return backend;
    }

    /** Without picocli's own default: the provider has its own, and a value from the environment counts as given. */
    private static OptionSpec spec(BackendOption option) {
        OptionSpec.Builder spec = OptionSpec.builder("--" + option.name())
                .paramLabel(option.valueLabel())
                .description(description(option).replace("%", "%%"));
        return switch (option.form()) {
            case LIST ->
                spec.type(List.class)
                        .auxiliaryTypes(String.class)
                        .splitRegex(",")
                        .hideParamSyntax(true)
                        .arity("1")
                        .build();
            case FLAG ->
                spec.type(Boolean.class)
                        .arity("0..1")
                        .hideParamSyntax(true)
                        .fallbackValue("true")
                        .negatable(option.defaultValue().filter("true"::equals).isPresent())
                        .build();
            case TEXT, TIME -> spec.type(String.class).build();
        };
    }

    private static String description(BackendOption option) {
        String unit = option.form() == BackendOption.Form.TIME ? "s" : "";
        return option.description()
                + option.defaultValue()
                        .map(value -> " (default: " + value + unit + ")")
                        .orElse("");
    }

    /** Whether a group of options has a meaning with one of these backends at least. */
    static boolean fit(CommandSpec group, Collection<String> backends) {
        return !(group.userObject() instanceof BackendOptionGroup options)
                || !Collections.disjoint(options.backends(), backends);
    }

    /** The backends that declare the group, for messages. */
    String owners() {
        return backends.stream().collect(joining(" or "));
    }
}

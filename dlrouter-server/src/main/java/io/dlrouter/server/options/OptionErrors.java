package io.dlrouter.server.options;

import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The messages for invalid options: {@code option: value (expected: …)}, with the environment variable in place of the
 * option where it gave the value. The router's own messages have this form, and picocli's do not.
 */
final class OptionErrors {
    private static final String EXPECTED = "(expected: ";

    private final EnvironmentDefaults environment;

    OptionErrors(EnvironmentDefaults environment) {
        this.environment = environment;
    }

    /** One line for an error that picocli found. */
    String message(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            return unmatched.getUnmatched().get(0) + ": unknown option (expected: one that --help lists)";
        }
        if (e instanceof MissingParameterException missing
                && !missing.getMissing().isEmpty()) {
            ArgSpec option = missing.getMissing().get(0);
            return name(option) + ": no value (expected: " + option.paramLabel() + ")";
        }
        ArgSpec option = e.getArgSpec();
        return option == null
                ? oneLine(e)
                : source(option, e.getCommandLine()) + ": " + e.getValue() + " (expected: " + expectation(option, e)
                        + ")";
    }

    /** The router's message about an option. */
    String message(IllegalArgumentException e, CommandLine commandLine) {
        String message = String.valueOf(e.getMessage());
        int end = Math.max(0, message.indexOf(": "));
        ArgSpec option = commandLine.getCommandSpec().findOption("--" + message.substring(0, end));
        return option == null ? message : source(option, commandLine) + message.substring(end);
    }

    /** The option, or the environment variable that gave its value. */
    private String source(ArgSpec option, CommandLine commandLine) {
        String name = name(option);
        boolean onCommandLine = commandLine.getParseResult().originalArgs().stream()
                .anyMatch(argument -> argument.equals("--" + name) || argument.startsWith("--" + name + "="));
        return onCommandLine ? name : environment.variable(option).orElse(name);
    }

    private static String expectation(ArgSpec option, ParameterException e) {
        if (option.completionCandidates() != null) {
            return StreamSupport.stream(option.completionCandidates().spliterator(), false)
                    .collect(Collectors.joining(" or "));
        }
        return e.getCause() == null
                ? option.paramLabel()
                : expectation(String.valueOf(e.getCause().getMessage()));
    }

    /** The message is an expectation, or ends with one, as those of the router's own types do. */
    private static String expectation(String message) {
        int begin = message.indexOf(EXPECTED);
        return begin < 0 ? message : message.substring(begin + EXPECTED.length(), message.length() - 1);
    }

    private static String name(ArgSpec option) {
        return ((OptionSpec) option).longestName().substring(2);
    }

    private static String oneLine(ParameterException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}

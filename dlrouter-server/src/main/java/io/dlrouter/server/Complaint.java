package io.dlrouter.server;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with a command line, in one line: option, value, expectation. */
final class Complaint {
    private static final String EXPECTED = "(expected: ";

    private final Environment environment;
    private final List<String> arguments;

    Complaint(Environment environment, List<String> arguments) {
        this.environment = environment;
        this.arguments = arguments;
    }

    String about(ParameterException e) {
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
                : source(option) + ": " + e.getValue() + " (expected: " + expectation(option, e) + ")";
    }

    /** What the router itself says of an option, by the name under which it was given. */
    String about(IllegalArgumentException e, CommandLine commandLine) {
        String message = String.valueOf(e.getMessage());
        int end = Math.max(0, message.indexOf(": "));
        ArgSpec option = commandLine.getCommandSpec().findOption("--" + message.substring(0, end));
        return option == null ? message : source(option) + message.substring(end);
    }

    /** The option, or the variable that stands for it. */
    private String source(ArgSpec option) {
        boolean onCommandLine = arguments.stream()
                .anyMatch(argument ->
                        argument.equals("--" + name(option)) || argument.startsWith("--" + name(option) + "="));
        return onCommandLine ? name(option) : environment.variable(option).orElse(name(option));
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

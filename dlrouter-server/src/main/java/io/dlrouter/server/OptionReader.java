package io.dlrouter.server;

import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Reads arguments into the options of a command, each of which may be written with dashes or with underscores. */
final class OptionReader {
    private final CommandLine commandLine;
    private final Environment environment;

    /** @param environment stands for options that are not given */
    OptionReader(CommandLine commandLine, Environment environment) {
        this.commandLine = commandLine;
        this.environment = environment;
    }

    /**
     * Reads them, and gives them as they are declared.
     *
     * @throws IllegalArgumentException if something is wrong; the message is one line that names the option, its value
     *     and what was expected
     */
    List<String> read(String... arguments) {
        List<String> declared =
                Arrays.stream(arguments).map(this::withUnderscores).toList();
        try {
            commandLine.parseArgs(declared.toArray(String[]::new));
            return declared;
        } catch (ParameterException e) {
            throw new IllegalArgumentException(new Complaint(environment, declared).about(e), e);
        }
    }

    /** The argument, its option written as it is declared. What is no option stays as it is. */
    private String withUnderscores(String argument) {
        int end = argument.indexOf('=') < 0 ? argument.length() : argument.indexOf('=');
        String option = argument.substring(0, end).replaceAll("(?<=[a-z])-(?=[a-z])", "_");
        return isOption(option) ? option + argument.substring(end) : argument;
    }

    private boolean isOption(String name) {
        CommandSpec spec = commandLine.getCommandSpec();
        return spec.optionsMap().containsKey(name) || spec.negatedOptionsMap().containsKey(name);
    }
}

package io.dlrouter.server.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.server.GatewayProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as a process of its own. */
class ReplayCommandTest {
    private static final String TRACE = """
            {"timestamp": 0, "input_length": 1000, "output_length": 5, "hash_ids": [0, 1]}
            {"timestamp": 0, "input_length": 1000, "output_length": 5, "hash_ids": [0, 2]}
            {"timestamp": 3000, "input_length": 1000, "output_length": 5, "hash_ids": [0, 2]}
            """;

    @TempDir
    Path folder;

    @Test
    void replay_trace_printsATableAndNothingElse() throws Exception {
        Path csv = folder.resolve("out.csv");
        Path plot = folder.resolve("out.svg");
        try (GatewayProcess command = replay(
                "--trace=" + trace(TRACE), "--strategies=round_robin,random", "--csv=" + csv, "--plot", "" + plot)) {
            assertThat(command.exitStatus()).isZero();
            assertThat(command.log()).isEmpty();
            assertThat(command.output().lines())
                    .hasSize(4)
                    .allMatch(line -> line.startsWith("|") && line.endsWith("|"))
                    .anyMatch(line -> line.startsWith("| round_robin |"));
            assertThat(csv).content().startsWith("strategy,").hasLineCount(3);
            assertThat(plot).content().startsWith("<svg ");
        }
    }

    @Test
    void replay_someLinesUseless_areReportedBesideTheTable() throws Exception {
        try (GatewayProcess command = replay("--trace=" + trace(TRACE + "oops\n"), "--strategies=round_robin")) {
            assertThat(command.exitStatus()).isZero();
            assertThat(command.log())
                    .containsExactly("dlrouter: trace: 1 of 4 lines are of no use, the first is line 4: it is no JSON"
                            + " object");
        }
    }

    @Test
    void replay_help_isPrinted() throws Exception {
        try (GatewayProcess command = replay("--help")) {
            assertThat(command.exitStatus()).isZero();
            assertThat(command.output()).startsWith("Usage: dlrouter replay");
        }
    }

    @Test
    void replay_noSuchStrategy_isOneLineAndExit2() throws Exception {
        try (GatewayProcess command = replay("--trace=" + trace(TRACE), "--strategies=best")) {
            assertThat(command.exitStatus()).isEqualTo(2);
            assertThat(command.log())
                    .hasSize(1)
                    .first()
                    .asString()
                    .startsWith("dlrouter: strategies: best (expected: ");
        }
    }

    @Test
    void replay_noSuchFile_isOneLineAndExit2() throws Exception {
        try (GatewayProcess command = replay("--trace=" + folder.resolve("none"))) {
            assertThat(command.exitStatus()).isEqualTo(2);
            assertThat(command.log()).hasSize(1).first().asString().startsWith("dlrouter: trace: ");
        }
    }

    @Test
    void replay_fileThatCannotBeWritten_isOneLineAndExit1() throws Exception {
        Path taken = Files.createDirectory(folder.resolve("out.csv"));
        try (GatewayProcess command = replay("--trace=" + trace(TRACE), "--csv=" + taken)) {
            assertThat(command.exitStatus()).isEqualTo(1);
            assertThat(command.log()).hasSize(1);
        }
    }

    private Path trace(String text) throws Exception {
        return Files.writeString(folder.resolve("trace.jsonl"), text);
    }

    private static GatewayProcess replay(String... options) throws Exception {
        String[] arguments = new String[options.length + 1];
        arguments[0] = "replay";
        System.arraycopy(options, 0, arguments, 1, options.length);
        return GatewayProcess.start(arguments);
    }
}

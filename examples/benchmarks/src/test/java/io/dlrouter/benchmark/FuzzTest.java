package io.dlrouter.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Two thousand mutants, half of them new ones each time. */
final class FuzzTest {
    private static final Path FAILURES = Path.of("target", "fuzz-failures.txt");

    @Test
    void gateway_sentTheSameMutants_answersAll() throws Exception {
        assertThat(fuzz(1)).as("all targets met, see %s", FAILURES).isTrue();
    }

    @Test
    void gateway_sentOtherMutants_answersAll() throws Exception {
        assertThat(fuzz(System.nanoTime()))
                .as("all targets met, see %s", FAILURES)
                .isTrue();
    }

    private static boolean fuzz(long seed) throws Exception {
        return new FuzzRun(Gateway.Program.classPath(), 1000, seed, FAILURES).run();
    }
}

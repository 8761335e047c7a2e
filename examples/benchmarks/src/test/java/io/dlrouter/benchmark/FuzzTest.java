package io.dlrouter.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Two thousand mutants, half of them new ones each time. */
final class FuzzTest {
    @Test
    void gateway_sentTheSameMutants_answersAll() throws Exception {
        assertAllMet(1);
    }

    @Test
    void gateway_sentOtherMutants_answersAll() throws Exception {
        assertAllMet(System.nanoTime());
    }

    private static void assertAllMet(long seed) throws Exception {
        Path failures = Path.of("target", "fuzz-failures-" + seed + ".txt");
        boolean allMet = new FuzzRun(Gateway.Program.classPath(), 1000, seed, failures).run();
        assertThat(allMet)
                .as(
                        "all targets met with seed %d; wrong: %s",
                        seed, Files.exists(failures) ? Files.readString(failures) : "")
                .isTrue();
    }
}

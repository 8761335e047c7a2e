package io.dlrouter.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Mutated requests: the same few each time, and in the thorough tests two thousand, half of them new. */
final class FuzzTest {
    @Test
    void gateway_aFewMutants_respondsToAll() throws Exception {
        assertAllMet(1, 100);
    }

    @Tag("thorough")
    @Test
    void gateway_sameMutants_respondsToAll() throws Exception {
        assertAllMet(1, 1000);
    }

    @Tag("thorough")
    @Test
    void gateway_newMutants_respondsToAll() throws Exception {
        assertAllMet(System.nanoTime(), 1000);
    }

    private static void assertAllMet(long seed, int requests) throws Exception {
        Path failures = Path.of("target", "fuzz-failures-" + seed + ".txt");
        boolean allMet = new FuzzRun(Gateway.Program.classPath(), requests, seed, failures).run();
        assertThat(allMet)
                .as(
                        "all targets met with seed %d; wrong: %s",
                        seed, Files.exists(failures) ? Files.readString(failures) : "")
                .isTrue();
    }
}

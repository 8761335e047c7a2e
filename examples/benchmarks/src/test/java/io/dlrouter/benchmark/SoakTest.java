package io.dlrouter.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The shortest soak: half a minute of load, and about as much of pauses. */
@Tag("thorough")
final class SoakTest {
    @Test
    void gateway_afterAMinuteOfFaults_holdsOnToNothing() throws Exception {
        SoakRun soak = new SoakRun(Gateway.Program.classPath(), Duration.ofSeconds(30), 200, System.nanoTime());

        assertThat(soak.run()).as("all targets met").isTrue();
    }
}

package io.dlrouter.server.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();

    @Test
    void step_everyFiftiethPart_isDrawn() {
        ProgressBar bar = new ProgressBar(new PrintStream(terminal, true, UTF_8), 1000);
        for (int i = 0; i < 500; i++) {
            bar.step();
        }

        String[] drawn = terminal.toString(UTF_8).split("\r", -1);
        assertThat(drawn).hasSize(26);
        assertThat(drawn[1]).isEqualTo("[#" + " ".repeat(49) + "] 2 %");
        assertThat(drawn[25]).isEqualTo("[" + "#".repeat(25) + " ".repeat(25) + "] 50 %");
    }

    @Test
    void close_drawn_leavesTheLineEmpty() {
        ProgressBar bar = new ProgressBar(new PrintStream(terminal, true, UTF_8), 1);
        bar.step();
        bar.close();

        String[] drawn = terminal.toString(UTF_8).split("\r", -1);
        assertThat(drawn[2]).isBlank().hasSizeGreaterThanOrEqualTo(drawn[1].length());
        assertThat(drawn[3]).isEmpty();
    }
}

package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Dashboards are built on names: one that changes has to change in the documentation, too. */
class MetricNamesTest {
    private static final Pattern NAME = Pattern.compile("# TYPE (dlrouter_\\w+?)(_max)? (counter|gauge|histogram)");

    @Test
    void names_ofAllMetrics_areDocumented() throws Exception {
        String documentation = Files.readString(Path.of("../docs/observability.md"));
        try (PrefillDecodeFleet fleet = PrefillDecodeFleet.of(EngineKind.VLLM, 1, 1)) {
            Gateway gateway = fleet.readyGateway();
            gateway.post(PrefillDecodeFleet.ROUTE, PrefillDecodeFleet.CHAT);
            gateway.post(PrefillDecodeFleet.ROUTE, PrefillDecodeFleet.STREAM);
            fleet.assertNothingLeft();

            assertThat(NAME.matcher(gateway.get("/metrics").body()).results().map(MatchResult::group))
                    .hasSizeGreaterThan(10);
            assertThat(NAME.matcher(gateway.get("/metrics").body()).results())
                    .allSatisfy(name -> assertThat(documentation).contains("| `" + name.group(1) + "` |"));
        }
    }
}

package io.dlrouter.core;

import static io.dlrouter.core.TestFleet.chat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.NodeSpec;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Router;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The limit of a connect, which the system keeps. Without it a connect lasts for minutes. */
@Tag("realtime")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConnectTimeoutTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    @Test
    void connect_nodeDoesNotAccept_isLimited() throws IOException {
        NodeSpec full = fleet.opened(new FullListener()).node();
        Router router = fleet.router(TestFleet.over(full).connectTimeout(Duration.ofMillis(300)));

        assertThatExceptionOfType(NodeUnreachableException.class)
                .isThrownBy(() -> router.route(chat()))
                .withMessageContaining(full.address().toString())
                .withMessageContaining("0.3 s (connect timeout)");
    }
}

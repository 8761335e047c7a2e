package io.dlrouter.core;

import static io.dlrouter.core.TestFleet.chat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.NodeSpec;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Router;
import io.dlrouter.core.RawEngine.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the error of a request says of a node that gave no response. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UnreachableNodeTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    @Test
    void message_nodeRefusesTheConnection_saysSo() {
        assertMessage(TestFleet.refusing(), "refused the connection.");
    }

    @Test
    void message_nodeClosesWithoutAByte_saysThatItWasReached() {
        assertMessage(fleet.rawEngine(Connection::close).node(), "closed the connection before it responded.");
    }

    @Test
    void message_nodeResetsWithoutAByte_saysThatItWasReached() {
        assertMessage(fleet.rawEngine(Connection::reset).node(), "reset the connection before it responded.");
    }

    @Test
    void message_nodeClosesInItsHead_saysSo() {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.send("HTTP/1.1 200 OK\r\nContent-Ty");
            connection.close();
        });

        assertMessage(engine.node(), "closed the connection in the middle of the head of its response.");
    }

    private void assertMessage(NodeSpec node, String message) {
        Router router = fleet.router(node);

        assertThatExceptionOfType(NodeUnreachableException.class)
                .isThrownBy(() -> router.route(chat()))
                .withMessage("The plain node " + node.address() + " " + message);
    }
}

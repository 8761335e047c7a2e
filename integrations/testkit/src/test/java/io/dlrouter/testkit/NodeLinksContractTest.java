package io.dlrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.spi.NodeClient;
import io.dlrouter.spi.NodeLinks;
import io.dlrouter.spi.RouterClock;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NodeLinksContractTest {
    private static final String NO_DEFECT = "";

    /** What is wrong with the links that the contract is run on. */
    private static volatile String defect = NO_DEFECT;

    @Test
    void contract_linksWithoutDefect_passes() {
        defect = NO_DEFECT;

        assertThat(ContractRun.failures(Subject.class)).isEmpty();
    }

    /** Takes real time: three of the defects show only by waiting. */
    @Tag("thorough")
    @ParameterizedTest
    @MethodSource("tests")
    void contract_linksWithDefect_failsThatTest(String test) {
        defect = test;

        assertThat(ContractRun.fails(Subject.class, test)).isTrue();
    }

    static Set<String> tests() {
        return ContractRun.tests(NodeLinksContract.class);
    }

    /** Run by these tests only. */
    static class Subject extends NodeLinksContract {
        @Override
        protected NodeLinks links(NodeClient client, RouterClock clock) {
            return new HouseLinks(client, defect);
        }

        @Override
        protected NodeClient.Response respond(FakeNodeClient.Call call) {
            return new NodeClient.Response(200, "{}");
        }
    }
}

package io.dlrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.spi.RoutingStrategy;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RoutingStrategyContractTest {
    private static final String NO_DEFECT = "";

    /** What is wrong with the strategy that the contract is run on. */
    private static volatile String defect = NO_DEFECT;

    @Test
    void contract_strategyWithoutDefect_passes() {
        defect = NO_DEFECT;

        assertThat(ContractRun.failures(Subject.class)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("tests")
    void contract_strategyWithDefect_failsThatTest(String test) {
        defect = test;

        assertThat(ContractRun.fails(Subject.class, test)).isTrue();
    }

    static Set<String> tests() {
        return ContractRun.tests(RoutingStrategyContract.class);
    }

    /** Run by these tests only. */
    static class Subject extends RoutingStrategyContract {
        @Override
        protected RoutingStrategy.Provider provider() {
            return defect.equals("provider_listedAsService_isFoundByItsName")
                    ? new HouseStrategy.Provider() {}
                    : new HouseStrategy.Provider(defect);
        }

        @Override
        protected int largestShare(int requests, int nodes) {
            return (requests + nodes - 1) / nodes;
        }

        @Override
        protected double mostOfMean() {
            return 10;
        }

        @Override
        protected double leastOfMean() {
            return 0.1;
        }
    }
}

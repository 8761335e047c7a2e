package io.dlrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.spi.BackendAdapter;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BackendAdapterContractTest {
    private static final String NO_DEFECT = "";

    /** What is wrong with the adapter that the contract is run on. */
    private static volatile String defect = NO_DEFECT;

    @Test
    void contract_adapterWithoutDefect_passes() {
        defect = NO_DEFECT;

        assertThat(ContractRun.failures(Subject.class)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("tests")
    void contract_adapterWithDefect_failsThatTest(String test) {
        defect = test;

        assertThat(ContractRun.fails(Subject.class, test)).isTrue();
    }

    static Set<String> tests() {
        return ContractRun.tests(BackendAdapterContract.class);
    }

    /** Run by these tests only. */
    static class Subject extends BackendAdapterContract {
        @Override
        protected BackendAdapter.Provider provider() {
            return defect.equals("provider_listedAsService_isFoundByItsName")
                    ? new HouseBackend.Provider() {}
                    : new HouseBackend.Provider(defect);
        }
    }
}

package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.Security;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NameCacheTest {
    private final String addresses = Security.getProperty(NameCache.ADDRESSES);
    private final String failures = Security.getProperty(NameCache.FAILURES);

    @AfterEach
    void restore() {
        Security.setProperty(NameCache.ADDRESSES, addresses == null ? "30" : addresses);
        Security.setProperty(NameCache.FAILURES, failures == null ? "10" : failures);
    }

    @Test
    void shorten_failuresAsTheJvmHasThem_areKeptForASecond() {
        Security.setProperty(NameCache.FAILURES, "10");

        NameCache.shorten();

        assertThat(Security.getProperty(NameCache.FAILURES)).isEqualTo("1");
    }

    @Test
    void shorten_operatorHasConfigured_staysSo() {
        Security.setProperty(NameCache.ADDRESSES, "60");
        Security.setProperty(NameCache.FAILURES, "0");

        NameCache.shorten();

        assertThat(Security.getProperty(NameCache.ADDRESSES)).isEqualTo("60");
        assertThat(Security.getProperty(NameCache.FAILURES)).isEqualTo("0");
    }

    @Test
    void isFree_neitherIsSet_isTrue() {
        assertThat(NameCache.isFree(null, null, null)).isTrue();
        assertThat(NameCache.isFree("10", null, "10")).isTrue();
        assertThat(NameCache.isFree("10", "10", "10")).isFalse();
        assertThat(NameCache.isFree(null, "5", null)).isFalse();
    }
}

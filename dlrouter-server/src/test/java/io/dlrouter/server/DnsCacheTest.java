package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.Security;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DnsCacheTest {
    private final String addresses = Security.getProperty(DnsCache.ADDRESSES);
    private final String failures = Security.getProperty(DnsCache.FAILURES);

    @AfterEach
    void restore() {
        Security.setProperty(DnsCache.ADDRESSES, addresses == null ? "30" : addresses);
        Security.setProperty(DnsCache.FAILURES, failures == null ? "10" : failures);
    }

    @Test
    void shorten_failuresAsTheJvmHasThem_areKeptForASecond() {
        Security.setProperty(DnsCache.FAILURES, "10");

        DnsCache.shorten();

        assertThat(Security.getProperty(DnsCache.FAILURES)).isEqualTo("1");
    }

    @Test
    void shorten_operatorHasConfigured_staysSo() {
        Security.setProperty(DnsCache.ADDRESSES, "60");
        Security.setProperty(DnsCache.FAILURES, "0");

        DnsCache.shorten();

        assertThat(Security.getProperty(DnsCache.ADDRESSES)).isEqualTo("60");
        assertThat(Security.getProperty(DnsCache.FAILURES)).isEqualTo("0");
    }

    @Test
    void isFree_neitherIsSet_isTrue() {
        assertThat(DnsCache.isFree(null, null, null)).isTrue();
        assertThat(DnsCache.isFree("10", null, "10")).isTrue();
        assertThat(DnsCache.isFree("10", "10", "10")).isFalse();
        assertThat(DnsCache.isFree(null, "5", null)).isFalse();
    }
}

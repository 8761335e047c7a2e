package io.dlrouter.core.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.testkit.FakeClock;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostAddressesTest {
    private static final String HOST = "engine.test";
    private static final InetAddress A = address(1);
    private static final InetAddress B = address(2);
    private static final InetAddress C = address(3);

    private final FakeClock clock = new FakeClock();
    private final FakeResolver resolver = new FakeResolver().resolvesTo(A, B);
    private final HostAddresses hosts = new HostAddresses(resolver, clock);

    @Test
    void of_addressAccepts_isNotResolvedAgainFor30s() throws Exception {
        assertThat(hosts.of(HOST)).containsExactly(A, B);
        resolver.resolvesTo(C);
        hosts.accepted(HOST, A, List.of(A, B));
        clock.advance(Duration.ofSeconds(30).minusNanos(1));
        assertThat(hosts.of(HOST)).containsExactly(A, B);

        clock.advance(Duration.ofNanos(1));

        assertThat(hosts.of(HOST)).containsExactly(C);
        assertThat(resolver.asked()).isEqualTo(2);
    }

    @Test
    void of_secondAddressAccepted_startsWithIt() throws Exception {
        hosts.of(HOST);

        hosts.accepted(HOST, B, List.of(A, B));

        assertThat(hosts.of(HOST)).containsExactly(B, A);
        resolver.resolvesTo(C, A, B);
        clock.advance(Duration.ofSeconds(30));
        assertThat(hosts.of(HOST)).containsExactly(B, C, A);
    }

    @Test
    void besides_noAddressAccepted_areThoseNotTried() throws Exception {
        hosts.of(HOST);
        resolver.resolvesTo(B, C);

        assertThat(hosts.besides(List.of(A, B), HOST)).containsExactly(C);
        assertThat(hosts.of(HOST)).containsExactly(B, C);
    }

    @Test
    void besides_nothingIsNew_areNoneAndTheNextAsksAgain() throws Exception {
        hosts.of(HOST);

        assertThat(hosts.besides(List.of(A, B), HOST)).isEmpty();
        resolver.resolvesTo(C);

        assertThat(hosts.of(HOST)).containsExactly(C);
    }

    @Test
    void of_nameResolvesNoMore_staysAsKnown() throws Exception {
        hosts.of(HOST);
        resolver.resolvesTo();
        clock.advance(Duration.ofMinutes(1));

        assertThat(hosts.of(HOST)).containsExactly(A, B);
        assertThat(hosts.of(HOST)).containsExactly(A, B);
        assertThat(resolver.asked()).isEqualTo(2);
    }

    @Test
    void of_nameNeverResolved_isUnknown() {
        resolver.resolvesTo();

        assertThatExceptionOfType(UnknownHostException.class).isThrownBy(() -> hosts.of(HOST));
        assertThat(hosts.besides(List.of(), HOST)).isEmpty();
    }

    @Test
    void of_literalAddress_isNotKept() throws Exception {
        hosts.of("10.0.0.1");
        hosts.of("10.0.0.1");
        hosts.of("fe80::1");
        hosts.of("fe80::1");

        assertThat(resolver.asked()).isEqualTo(4);
    }

    private static InetAddress address(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}

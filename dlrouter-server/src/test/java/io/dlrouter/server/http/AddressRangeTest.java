package io.dlrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AddressRangeTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8,      10.255.1.2,         true",
        "10.0.0.0/8,      11.0.0.0,           false",
        "10.1.2.3/8,      10.9.9.9,           true",
        "192.168.1.128/25, 192.168.1.127,     false",
        "192.168.1.128/25, 192.168.1.200,     true",
        "127.0.0.1,       127.0.0.1,          true",
        "127.0.0.1,       127.0.0.2,          false",
        "0.0.0.0/0,       203.0.113.9,        true",
        "0.0.0.0/0,       2001:db8::1,        false",
        "fd00::/8,        fdff::1,            true",
        "fd00::/8,        fe00::1,            false",
        "2001:db8::/33,   2001:db8:8000::1,   false",
        "::/0,            2001:db8::1,        true",
        "::/0,            127.0.0.1,          false",
        "10.0.0.0/8,      ::ffff:10.1.1.1,    true",
    })
    void contains_address_comparesThePrefix(String range, String address, boolean contained) throws Exception {
        assertThat(AddressRange.parse(range).contains(InetAddress.getByName(address)))
                .isEqualTo(contained);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "fade",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0/8",
                "300.0.0.0/8",
                "::/129",
                "10.0.0.0/8/8",
                ":",
                "1::2::3"
            })
    void parse_noNetwork_isRejected(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AddressRange.parse(text))
                .withMessage(text + " (expected: a network such as 10.0.0.0/8 or fd00::/8)");
    }
}

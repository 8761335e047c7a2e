package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the other tests rely on: that the reader takes no response for whole that is not. */
final class StrictResponseTest {
    private static final String HEAD = "HTTP/1.1 200 OK\r\nX-Any: 1\r\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
                "Content-Length: 3\r\n\r\nabc",
                "\r\nabc"
            })
    void read_wholeResponse_isWhole(String rest) throws IOException {
        StrictResponse response = read(HEAD + rest);

        assertThat(response.isWhole()).isTrue();
        assertThat(response.text()).isEqualTo("abc");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("x-any")).hasValue("1");
    }

    @Test
    void read_framedResponseCutAnywhere_isNotWhole() throws IOException {
        for (String rest : new String[] {
            "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "Content-Length: 3\r\n\r\nabc"
        }) {
            for (int cut = rest.indexOf("\r\n\r\n") + 4; cut < rest.length(); cut++) {
                assertThat(read(HEAD + rest.substring(0, cut)).isWhole())
                        .as(rest.substring(0, cut))
                        .isFalse();
            }
        }
    }

    private static StrictResponse read(String text) throws IOException {
        return StrictResponse.read(new ByteArrayInputStream(text.getBytes(ISO_8859_1)));
    }
}

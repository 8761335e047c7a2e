package io.dlrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeAddressTest {

    @Test
    void parse_rank_isNoPartOfTheUrl() {
        NodeAddress address = NodeAddress.parse("http://node1:8087@3");

        assertThat(address.url()).isEqualTo(URI.create("http://node1:8087"));
        assertThat(address.dpRank()).hasValue(3);
    }

    @Test
    void parse_noRank_isAWholeEngine() {
        assertThat(NodeAddress.parse("http://node1:8087").dpRank()).isEmpty();
    }

    @Test
    void ranks_several_areThoseOfTheEngineInOrder() {
        assertThat(NodeAddress.parse("http://node:8000/").ranks(3))
                .extracting(NodeAddress::toString)
                .containsExactly("http://node:8000@0", "http://node:8000@1", "http://node:8000@2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://node:8000", "http://node:8000@3"})
    void ranks_onlyOne_isTheAddressItself(String given) {
        NodeAddress address = NodeAddress.parse(given);

        assertThat(address.ranks(1)).containsExactly(address);
    }

    @Test
    void ranks_severalOfARank_beginWithIt() {
        assertThat(NodeAddress.parse("http://node:8000@4").ranks(2))
                .extracting(NodeAddress::toString)
                .containsExactly("http://node:8000@4", "http://node:8000@5");
    }

    @ParameterizedTest
    @CsvSource({
        "http://node:8000/, http://node:8000",
        "http://node:8000//, http://node:8000",
        "http://node:8000/engine/, http://node:8000/engine",
        "' http://node:8000 ', http://node:8000",
        "http://node:8000@2/, http://node:8000@2",
        "' http://node:8000@2 ', http://node:8000@2",
        "http://node:8000/@2, http://node:8000@2",
        "https://node, https://node",
        "http://[::1]:8000, http://[::1]:8000",
        "HTTP://node:8000, http://node:8000",
        "http://LOCALHOST:8000, http://localhost:8000",
        "http://Node-1.Example.COM:8000/Engine, http://node-1.example.com:8000/Engine",
        "http://node:80, http://node",
        "http://node:80/engine, http://node/engine",
        "http://node:, http://node",
        "https://node:443@1, https://node@1",
        "https://node:80, https://node:80",
        "http://node:443, http://node:443",
        "http://node:08000, http://node:8000",
        "http://[0:0:0:0:0:0:0:1]:8000, http://[::1]:8000",
        "http://[2001:DB8:0:0:1:0:0:1], http://[2001:db8::1:0:0:1]",
        "http://[2001:db8:0:1:1:1:1:1], http://[2001:db8:0:1:1:1:1:1]",
        "http://[2001:db8:0::0:1]:80, http://[2001:db8::1]",
        "http://[0:0:0:0:0:0:0:0]:8000, http://[::]:8000",
        "http://[fe80::0:1], http://[fe80::1]",
        "http://[1:2:3:4:5:6:7:0], http://[1:2:3:4:5:6:7:0]",
        "http://[::ffff:10.0.0.1]:8000, http://10.0.0.1:8000",
        "http://[::FFFF:a00:1]:8000, http://10.0.0.1:8000",
        "http://[fe80::1%eth9]:8000/, http://[fe80::1%eth9]:8000",
        "http://node:8000/a%2Fb, http://node:8000/a%2Fb",
        "http://node:8000/v1/engine, http://node:8000/v1/engine",
        "http://node:8000/openai-v1, http://node:8000/openai-v1",
    })
    void parse_anyForm_namesTheNodeInOneWay(String given, String name) {
        assertThat(NodeAddress.parse(given)).hasToString(name).isEqualTo(NodeAddress.parse(name));
    }

    @Test
    void parse_nameAndAddressOfOneHost_areTwoNodes() {
        assertThat(NodeAddress.parse("http://localhost:8000")).isNotEqualTo(NodeAddress.parse("http://127.0.0.1:8000"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://node:8000/v1", "http://node:8000/v1/", "http://node:8000/v1@2", "http://node:8000/v1/@2"
            })
    void parse_pathOfTheApi_isRefusedWithTheBaseUrl(String given) {
        assertThatThrownBy(() -> NodeAddress.parse(given))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("url: " + given
                        + " (expected: the base URL http://node:8000, without /v1, which the router adds itself)");
    }

    @Test
    void constructor_anySpelling_isNormalised() {
        NodeAddress address = new NodeAddress(URI.create("http://[0:0:0:0:0:0:0:1]:80/"), OptionalInt.empty());

        assertThat(address.url()).isEqualTo(URI.create("http://[::1]"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "node:8000",
                "//node:8000",
                "http:node:8000",
                "http://",
                "http:///path",
                "ftp://node:8000",
                "http://user@node:8000",
                "http://user:secret@node:8000",
                "http://node:8000?a=b",
                "http://node:8000#a",
                "http://node:65536",
                "http://node:8000@-1",
                "http://node:8000@x",
                "http://no de:8000",
                "http://[::1",
                "http://[1:2:3]",
                "file:/etc/passwd"
            })
    void parse_noAddressOfANode_tellsTheValueAndTheExpectation(String given) {
        assertThatThrownBy(() -> NodeAddress.parse(given))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("url: " + given
                        + " (expected: http://host:port or https://host:port, with @rank for a data-parallel rank)");
    }

    @Test
    void constructor_userInfo_isRefused() {
        URI url = URI.create("http://user@node:8000");

        assertThatThrownBy(() -> new NodeAddress(url, OptionalInt.empty()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Property
    void parse_ipv6AddressInFullAndShort_isOneNode(@ForAll @Size(8) List<@IntRange(max = 0xFFFF) Integer> groups) {
        String full = groups.stream().map(group -> String.format("%04X", group)).collect(Collectors.joining(":"));
        NodeAddress address = NodeAddress.parse("http://[" + full + "]:8000");

        assertThat(NodeAddress.parse(address.toString())).isEqualTo(address);
        assertThat(NodeAddress.parse("http://[" + full.toLowerCase(Locale.ROOT) + "]:8000/"))
                .isEqualTo(address);
    }

    @Property
    void toString_anyAddress_isReadBackAsTheSame(
            @ForAll @IntRange(min = 1, max = 65_535) int port, @ForAll @IntRange(max = 99_999) int rank) {
        NodeAddress address = new NodeAddress(URI.create("https://node:" + port + "/engine"), OptionalInt.of(rank));

        assertThat(NodeAddress.parse(address.toString())).isEqualTo(address);
    }
}

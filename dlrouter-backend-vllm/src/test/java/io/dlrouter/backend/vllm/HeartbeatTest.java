package io.dlrouter.backend.vllm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.NodeAddress;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import java.util.Arrays;
import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeartbeatTest {
    private static final byte[] PLAIN = Packed.heartbeat("P", "10.0.0.1:8000", "10.0.0.1:21001");
    private static final Heartbeat PREFILL =
            new Heartbeat(Role.PREFILL, NodeAddress.parse("http://10.0.0.1:8000"), Optional.of("10.0.0.1:21001"));

    @Example
    void parse_prefill_isRead() throws Exception {
        assertThat(Heartbeat.parse(PLAIN)).isEqualTo(PREFILL);
    }

    @Example
    void parse_decodeWithoutZmqAddress_isRead() throws Exception {
        assertThat(Heartbeat.parse(Packed.heartbeat("D", "10.0.0.1:8000", "")))
                .isEqualTo(new Heartbeat(Role.DECODE, PREFILL.address(), Optional.empty()));
    }

    @Example
    void parse_textsAsBytesAndUnknownKeys_isRead() throws Exception {
        byte[] payload = Packed.of(packer -> {
            packer.packMapHeader(6).packInt(7).packString("type");
            packer.packString("ranks")
                    .packArrayHeader(2)
                    .packInt(1)
                    .packMapHeader(1)
                    .packNil()
                    .packBoolean(true);
            packer.packString("dp_size").packInt(8);
            for (String text : new String[] {"type", "P", "http_address", "10.0.0.1:8000"}) {
                packer.packBinaryHeader(text.length()).writePayload(text.getBytes(UTF_8));
            }
            packer.packString("zmq_address").packString("10.0.0.1:21001");
        });

        assertThat(Heartbeat.parse(payload)).isEqualTo(PREFILL);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1:8000, http://10.0.0.1:8000",
        "[::1]:8000, http://[::1]:8000",
        "node-1.example:80, http://node-1.example:80",
        "http://10.0.0.1:8000/, http://10.0.0.1:8000",
        "https://10.0.0.1:8443, https://10.0.0.1:8443",
        "10.0.0.1:8000@3, http://10.0.0.1:8000@3",
    })
    void parse_anyFormOfAddress_isTheUrlOfTheNode(String address, String url) throws Exception {
        assertThat(Heartbeat.parse(Packed.heartbeat("P", address, "")).address())
                .isEqualTo(NodeAddress.parse(url));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":8000", "10.0.0.1:99999", "a b:8000", "user@host:8000", "::1:8000", "host:80?x", "\n"})
    void parse_addressOfNoServer_isRefused(String address) {
        assertRefused(Packed.heartbeat("P", address, ""), "http_address: " + address + " (expected: host:port)");
    }

    @Example
    void parse_typeUnknown_isRefused() {
        assertRefused(Packed.heartbeat("HELLO", "10.0.0.1:8000", ""), "type: HELLO (expected: P or D)");
    }

    @Example
    void parse_zmqAddressThatWouldBreakAHeader_isRefused() {
        assertRefused(
                Packed.heartbeat("P", "10.0.0.1:8000", "a\r\nX: 1"), "zmq_address: a\r\nX: 1 (expected: host:port)");
    }

    @Example
    void parse_keyMissing_isRefused() {
        assertRefused(Packed.map("type", "P", "zmq_address", "a:1"), "http_address: missing or no text");
    }

    @Example
    void parse_valueOfAnotherType_isRefused() {
        byte[] payload =
                Packed.of(packer -> packer.packMapHeader(1).packString("type").packInt(1));

        assertRefused(payload, "type: missing or no text");
    }

    @Example
    void parse_bytesAfterTheMap_isRefused() {
        assertRefused(Arrays.copyOf(PLAIN, PLAIN.length + 1), "bytes follow its map (expected: one MessagePack map)");
    }

    @Example
    void parse_noMap_isRefused() {
        assertNoMap(Packed.of(packer -> packer.packArrayHeader(0)));
        assertNoMap(new byte[0]);
    }

    @Example
    void parse_textLongerThanTheMessage_isRefusedAndNotAllocated() {
        assertRefused(
                new byte[] {(byte) 0x81, (byte) 0xdb, 0x00, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF},
                "it is not one MessagePack map: java.io.IOException: a text of 16777215 bytes");
        assertNoMap(new byte[] {(byte) 0x81, (byte) 0xc6, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF});
    }

    @Example
    void parse_mapOfMoreThanTheMessage_isRefused() {
        assertNoMap(new byte[] {(byte) 0xdf, 0x7F, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 1, 1});
    }

    @Example
    void parse_aboveTheLimit_isRefused() throws Exception {
        byte[] payload =
                Packed.map("type", "P", "http_address", "10.0.0.1:8000", "zmq_address", "", "x", "x".repeat(4_096));

        assertRefused(payload, "it has " + payload.length + " bytes (expected: at most 4096)");
    }

    @Property
    void parse_anyBeginning_isRefused(@ForAll @IntRange(max = 1_000) int length) {
        assertNoMap(Arrays.copyOf(PLAIN, length % PLAIN.length));
    }

    @Property
    void parse_anyBytes_neverBreaks(@ForAll byte[] payload) {
        parseOrRefuse(payload);
    }

    @Property
    void parse_anyChange_neverBreaks(@ForAll @IntRange(max = 1_000) int place, @ForAll byte changed) {
        byte[] payload = PLAIN.clone();
        payload[place % payload.length] = changed;

        parseOrRefuse(payload);
    }

    @Example
    void node_anyHeartbeat_isOfThisBackendAndAsksForItsModels() {
        assertThat(PREFILL.node())
                .isEqualTo(NodeSpec.of("vllm", "http://10.0.0.1:8000")
                        .withRole(Role.PREFILL)
                        .withZmqAddress("10.0.0.1:21001"));
    }

    private static void parseOrRefuse(byte[] payload) {
        try {
            assertThat(Heartbeat.parse(payload)).isNotNull();
        } catch (MalformedHeartbeatException e) {
            assertThat(e.reason()).isNotBlank();
        }
    }

    private static void assertRefused(byte[] payload, String reason) {
        assertThatExceptionOfType(MalformedHeartbeatException.class)
                .isThrownBy(() -> Heartbeat.parse(payload))
                .withMessage(reason);
    }

    private static void assertNoMap(byte[] payload) {
        assertThatExceptionOfType(MalformedHeartbeatException.class)
                .isThrownBy(() -> Heartbeat.parse(payload))
                .withMessageStartingWith("it is not one MessagePack map");
    }
}

package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.TEXT;
import static io.dlrouter.simulator.ApiClient.chat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** In the bodies of these tests {@code @port} stands for the prefill engine's bootstrap port. */
final class RoomRefusalTest {
    private static final String HERE = "\"bootstrap_host\":\"127.0.0.1\",\"bootstrap_port\":@port,";

    private final SimulatedEngine prefill = TwoLegs.engine().prefill().start();
    private final SimulatedEngine decode = TwoLegs.engine().decode().start();

    @AfterEach
    void stop() {
        prefill.close();
        decode.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", HERE, HERE + "\"bootstrap_room\":null,"})
    void room_missing_is400AndAViolation(String members) throws Exception {
        for (SimulatedEngine engine : List.of(prefill, decode)) {
            HttpResponse<String> answer = new ApiClient(engine).post(CHAT, chat(at(members)));

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body())
                    .contains("\"message\":\"Disaggregated request received without bootstrap room id\"");
            assertThat(engine.violations()).containsExactly("Disaggregated request received without bootstrap room id");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"5\"", "5.0", "5e0", "-1", "-0", "9223372036854775808", "99999999999999999999", "[5]", "{}"})
    void room_ofAnotherForm_isRefused(String room) throws Exception {
        assertRefused(CHAT, chat(HERE + "\"bootstrap_room\":" + room + ","), "bootstrap_room: ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    bootstrap_host | "bootstrap_port":@port,
                    bootstrap_host | "bootstrap_host":null,"bootstrap_port":@port,
                    bootstrap_host | "bootstrap_host":"","bootstrap_port":@port,
                    bootstrap_host | "bootstrap_host":127,"bootstrap_port":@port,
                    bootstrap_host | "bootstrap_host":["127.0.0.1"],"bootstrap_port":@port,
                    bootstrap_port | "bootstrap_host":"127.0.0.1",
                    bootstrap_port | "bootstrap_host":"127.0.0.1","bootstrap_port":"@port",
                    bootstrap_port | "bootstrap_host":"127.0.0.1","bootstrap_port":@port.0,
                    bootstrap_port | "bootstrap_host":"127.0.0.1","bootstrap_port":65536,
                    bootstrap_port | "bootstrap_host":"127.0.0.1","bootstrap_port":-1,
                    bootstrap_port | "bootstrap_host":"127.0.0.1","bootstrap_port":[@port],
                    """)
    void address_ofAnotherForm_isRefused(String member, String members) throws Exception {
        assertRefused(CHAT, chat(members + "\"bootstrap_room\":5,"), member + ": ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    bootstrap_host | "127.0.0.1"               | [@port,@port] | [7,8]
                    bootstrap_port | ["127.0.0.1","127.0.0.1"] | @port         | [7,8]
                    bootstrap_room | ["127.0.0.1","127.0.0.1"] | [@port,@port] | 7
                    bootstrap_room | ["127.0.0.1","127.0.0.1"] | [@port,@port] | [7]
                    bootstrap_room | ["127.0.0.1","127.0.0.1"] | [@port,@port] | [7,8,9]
                    bootstrap_room | ["127.0.0.1","127.0.0.1"] | [@port,@port] | [7,7]
                    bootstrap_room | ["127.0.0.1","127.0.0.1"] | [@port,@port] | [7,null]
                    bootstrap_room | ["127.0.0.1","127.0.0.1"] | [@port,@port] | [7,"8"]
                    """)
    void batch_notWithOneOfEachForEachPrompt_isRefused(String member, String host, String port, String room)
            throws Exception {
        String members = "{" + TwoLegs.members(host, port, room);

        assertRefused(TEXT, members + "\"model\":\"m\",\"prompt\":[\"a\",\"b\"]}", member + ": ");
        assertRefused("/generate", members + "\"text\":[\"a\",\"b\"]}", member + ": ");
        assertRefused("/generate", members + "\"input_ids\":[[1],[2]]}", member + ": ");
    }

    @Test
    void prompt_ofTokenIdsWithLists_isRefused() throws Exception {
        String members = "{" + TwoLegs.members("[\"127.0.0.1\"]", "[@port]", "[7]");

        assertRefused(TEXT, members + "\"model\":\"m\",\"prompt\":[1]}", "bootstrap_host: ");
        assertRefused("/generate", members + "\"input_ids\":[1]}", "bootstrap_host: ");
    }

    @Test
    void samples_several_areRefused() throws Exception {
        String here = HERE + "\"bootstrap_room\":5,";

        assertRefused(CHAT, chat(here + "\"n\":2,"), "n: 2 ");
        assertRefused(TEXT, "{" + here + "\"n\":2,\"model\":\"m\",\"prompt\":\"a\"}", "n: 2 ");
        assertRefused("/generate", "{" + here + "\"text\":\"a\",\"sampling_params\":{\"n\":3}}", "n: 3 ");
    }

    @Test
    void room_usedBefore_is400AndAViolationOfEachEngine() throws Exception {
        String body = chat(at(HERE + "\"bootstrap_room\":9223372036854775807,"));
        TwoLegs.send(prefill, decode, CHAT, body);

        assertRefused(CHAT, body, "bootstrap_room: 9223372036854775807 (expected: one never used before)");
        assertThat(prefill.rooms()).isEqualTo(decode.rooms()).isEqualTo(new RoomCounts(1, 0, 0, 0, 0));
    }

    @Test
    void room_ofAClientsMistake_isNotUsed() throws Exception {
        String here = at(HERE + "\"bootstrap_room\":5,");
        for (SimulatedEngine engine : List.of(prefill, decode)) {
            assertThat(new ApiClient(engine)
                            .post(CHAT, chat(here + "\"max_tokens\":0,"))
                            .statusCode())
                    .isEqualTo(400);
        }

        assertThat(TwoLegs.send(prefill, decode, CHAT, chat(here)).decode().statusCode())
                .isEqualTo(200);
        assertThat(prefill.violations()).isEmpty();
        assertThat(decode.violations()).isEmpty();
    }

    @Test
    void rooms_ofLongAgo_areForgotten() {
        RoomLedger ledger = new RoomLedger(2);

        assertThat(ledger.claim(List.of(1L, 2L))).isEmpty();
        assertThat(ledger.claim(List.of(2L))).isEqualTo(Optional.of(2L));
        assertThat(ledger.claim(List.of(3L))).isEmpty();
        assertThat(ledger.claim(List.of(1L))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    bootstrap_host: 10.0.0.1 (expected: 127.0.0.1, this engine's) | "10.0.0.1"  | @port
                    bootstrap_host: localhost (expected: 127.0.0.1,               | "localhost" | @port
                    bootstrap_port: 1 (expected:                                  | "127.0.0.1" | 1
                    """)
    void address_ofAnotherPrefillEngine_isAViolationThere(String message, String host, String port) throws Exception {
        HttpResponse<String> answer = new ApiClient(prefill).post(CHAT, chat(at(TwoLegs.members(host, port, "5"))));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(prefill.violations()).singleElement().asString().startsWith(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "3", "4", "02", "two"})
    void rank_otherThanTheRooms_is400AndAViolation(String rank) throws Exception {
        try (SimulatedEngine ranks =
                TwoLegs.engine().prefill().dataParallelSize(4).start()) {
            HttpResponse<String> answer = new ApiClient(ranks)
                    .post(CHAT, chat(TwoLegs.at(ranks, "9223372036854775806")), "X-data-parallel-rank", rank);

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(ranks.violations())
                    .containsExactly("header x-data-parallel-rank: " + rank
                            + " (expected: 2, as bootstrap_room 9223372036854775806 goes to that rank of 4)");
        }
    }

    @Test
    void rank_ofTheRoom_isTaken() throws Exception {
        try (SimulatedEngine ranks = TwoLegs.engine()
                .prefill()
                .dataParallelSize(4)
                .bootstrapTimeout(Duration.ofMillis(1))
                .start()) {
            String body = chat(TwoLegs.at(ranks, "9223372036854775806"));

            assertThat(new ApiClient(ranks)
                            .post(CHAT, body, "X-data-parallel-rank", "2")
                            .statusCode())
                    .isEqualTo(500);
            assertThat(ranks.violations()).isEmpty();
            assertThat(ranks.requestsOfRank(2)).isEqualTo(1);
        }
    }

    @Test
    void warmUp_ofEitherEngine_isAnsweredAloneAndAsOftenAsAsked() throws Exception {
        String warmUp = chat(TwoLegs.members("\"2.2.2.2\"", "null", "0"));
        for (SimulatedEngine engine : List.of(prefill, decode, prefill, decode)) {
            assertThat(new ApiClient(engine).post(CHAT, warmUp).statusCode()).isEqualTo(200);
            assertThat(engine.rooms()).isEqualTo(new RoomCounts(0, 0, 0, 0, 0));
            assertThat(engine.violations()).isEmpty();
        }
        assertThat(new ApiClient(prefill)
                        .post("/generate", "{" + TwoLegs.members("\"2.2.2.2\"", "1", "0") + "\"text\":\"a\"}")
                        .body())
                .contains("\"completion_tokens\":1,");
    }

    @Test
    void hybrid_withAnyAppointment_looksAtNone() throws Exception {
        try (SimulatedEngine hybrid = TwoLegs.engine().start()) {
            assertThat(new ApiClient(hybrid)
                            .post(CHAT, chat(TwoLegs.members("1", "\"a\"", "-5")))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(hybrid.violations()).isEmpty();
        }
    }

    @Test
    void bootstrapPort_taken_isSaid() {
        int taken = prefill.bootstrapPort();

        assertThatThrownBy(() -> TwoLegs.engine().prefill().bootstrapPort(taken).start())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageStartingWith("127.0.0.1:" + taken);
    }

    private void assertRefused(String path, String body, String violation) throws Exception {
        for (SimulatedEngine engine : List.of(prefill, decode)) {
            int before = engine.violations().size();

            assertThat(new ApiClient(engine).post(path, at(body)).statusCode()).isEqualTo(400);
            assertThat(engine.violations())
                    .hasSize(before + 1)
                    .last()
                    .asString()
                    .startsWith(violation);
        }
    }

    private String at(String text) {
        return text.replace("@port", Integer.toString(prefill.bootstrapPort()));
    }
}

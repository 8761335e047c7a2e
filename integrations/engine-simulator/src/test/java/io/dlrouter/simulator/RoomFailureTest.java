package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.chat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RoomFailureTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final RoomCounts NONE = new RoomCounts(0, 0, 0, 0, 0);
    private static final RoomCounts MET = new RoomCounts(1, 0, 0, 0, 0);
    private static final RoomCounts LEAKED = new RoomCounts(0, 1, 0, 0, 0);
    private static final RoomCounts LOST = new RoomCounts(0, 0, 0, 0, 1);
    private static final RoomCounts ENDED = new RoomCounts(0, 0, 0, 1, 0);

    private final SimulatedEngine prefill = patient().prefill().start();
    private final SimulatedEngine decode = patient().decode().start();
    private final String body = chat(TwoLegs.at(prefill, "5"));

    @AfterEach
    void stop() {
        prefill.close();
        decode.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"stream\":true,"})
    void prefill_leftAlone_is500InTime(String stream) throws Exception {
        try (SimulatedEngine hasty = hasty().prefill().start()) {
            HttpResponse<String> answer = new ApiClient(hasty).post(CHAT, chat(stream + TwoLegs.at(hasty, "5")));

            assertThat(answer.statusCode()).isEqualTo(500);
            assertThat(answer.body())
                    .contains("bootstrap_room: [5] (expected: the decode leg there): timed out after PT0.05S");
            assertThat(hasty.rooms()).isEqualTo(LEAKED);
            assertThat(hasty.violations()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"stream\":true,"})
    void decode_leftAlone_is500InTime(String stream) throws Exception {
        try (SimulatedEngine hasty = hasty().decode().start()) {
            HttpResponse<String> answer = new ApiClient(hasty).post(CHAT, chat(stream + TwoLegs.at(prefill, "5")));

            assertThat(answer.statusCode()).isEqualTo(500);
            assertThat(answer.body())
                    .contains("bootstrap_room: [5] (expected: the prefill leg there): timed out after PT0.05S");
            assertThat(hasty.rooms()).isEqualTo(LEAKED);
            assertThat(prefill.rooms()).isEqualTo(NONE);
        }
    }

    @Test
    void batch_ofWhichOneRoomDiffers_waitsInThatOne() throws Exception {
        RoomCounts half = new RoomCounts(1, 0, 1, 0, 0);
        try (RawClient first = new RawClient(prefill);
                RawClient second = new RawClient(decode)) {
            first.send(RawClient.post("/generate", batch("[1,2]")));
            second.send(RawClient.post("/generate", batch("[1,3]")));
            prefill.awaitRooms(half::equals, SOON);
            decode.awaitRooms(half::equals, SOON);
        }
        prefill.awaitRooms(new RoomCounts(1, 0, 0, 1, 0)::equals, SOON);
        decode.awaitRooms(new RoomCounts(1, 0, 0, 1, 0)::equals, SOON);
    }

    @Test
    void client_leavesPrefillBeforeDecodeComes_leavesNobodyToMeet() throws Exception {
        leave(prefill);

        try (SimulatedEngine hasty = hasty().decode().start()) {
            assertThat(new ApiClient(hasty).post(CHAT, body).statusCode()).isEqualTo(500);
            assertThat(hasty.rooms()).isEqualTo(LEAKED);
        }
        assertThat(prefill.rooms()).isEqualTo(ENDED);
    }

    @Test
    void client_leavesDecodeBeforePrefillComes_leavesNobodyToMeet() throws Exception {
        try (SimulatedEngine hasty = hasty().prefill().start()) {
            String there = chat(TwoLegs.at(hasty, "5"));
            leave(decode, there);

            assertThat(new ApiClient(hasty).post(CHAT, there).statusCode()).isEqualTo(500);
            assertThat(hasty.rooms()).isEqualTo(LEAKED);
            assertThat(decode.rooms()).isEqualTo(ENDED);
        }
    }

    @Test
    void prefill_gone_isToldToDecodeAtOnce() throws Exception {
        prefill.stop();

        assertThat(new ApiClient(decode).post(CHAT, body).body()).contains("there): java.net.ConnectException: ");
        assertThat(decode.rooms()).isEqualTo(LOST);
    }

    @Test
    void prefill_stopsWhileDecodeWaits_isToldToDecodeAtOnce() throws Exception {
        CompletableFuture<HttpResponse<String>> waiting = new ApiClient(decode).postAsync(CHAT, body);
        decode.awaitRooms(rooms -> rooms.waiting() == 1, SOON);
        prefill.stop();

        assertThat(waiting.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(500);
        assertThat(decode.rooms()).isEqualTo(LOST);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 429, 503})
    void prefill_turnsTheRequestAway_leavesDecodeWaiting(int status) throws Exception {
        prefill.inject(Fault.status(status));
        try (RawClient client = new RawClient(decode)) {
            client.send(RawClient.post(CHAT, body));
            decode.awaitRooms(rooms -> rooms.waiting() == 1, SOON);

            assertThat(new ApiClient(prefill).post(CHAT, body).statusCode()).isEqualTo(status);
            assertThat(decode.rooms().waiting()).isEqualTo(1);
            client.leave();
            decode.awaitRooms(ENDED::equals, SOON);
        }
        assertThat(prefill.rooms()).isEqualTo(NONE);
    }

    @Test
    void decode_turnsTheRequestAway_leavesTheRoomToAnother() throws Exception {
        decode.inject(Fault.status(503).times(1));
        assertThat(new ApiClient(decode).post(CHAT, body).statusCode()).isEqualTo(503);

        assertThat(TwoLegs.send(prefill, decode, CHAT, body).decode().statusCode())
                .isEqualTo(200);
        assertThat(decode.rooms()).isEqualTo(MET);
    }

    static Stream<Fault> failuresAfterTheMeeting() {
        return Stream.of(
                Fault.status(500),
                Fault.status(502),
                Fault.hangBeforeHeaders(),
                Fault.hangAfterHeaders(),
                Fault.cutBeforeHeaders(),
                Fault.resetBeforeHeaders(),
                Fault.resetAfterHeaders());
    }

    @ParameterizedTest
    @MethodSource("failuresAfterTheMeeting")
    void prefill_failsLater_letsDecodeGoOn(Fault fault) throws Exception {
        prefill.inject(fault);
        try (RawClient client = new RawClient(prefill)) {
            client.send(RawClient.post(CHAT, body));

            assertThat(new ApiClient(decode).post(CHAT, body).statusCode()).isEqualTo(200);
            assertThat(decode.rooms()).isEqualTo(MET);
            prefill.awaitRooms(MET::equals, SOON);
        }
    }

    @ParameterizedTest
    @MethodSource("failuresAfterTheMeeting")
    void decode_failsLater_letsPrefillGoOn(Fault fault) throws Exception {
        decode.inject(fault);
        try (RawClient client = new RawClient(decode)) {
            client.send(RawClient.post(CHAT, body));

            assertThat(new ApiClient(prefill).post(CHAT, body).statusCode()).isEqualTo(200);
            assertThat(prefill.rooms()).isEqualTo(decode.awaitRooms(MET::equals, SOON));
        }
    }

    @Test
    void delay_beginsWithTheMeeting() throws Exception {
        prefill.inject(Fault.delay(Duration.ofMillis(150)));
        decode.inject(Fault.delay(Duration.ofMillis(150)).times(1));
        CompletableFuture<HttpResponse<String>> early = new ApiClient(prefill).postAsync(CHAT, body);
        prefill.awaitRooms(rooms -> rooms.waiting() == 1, SOON);
        new ApiClient(decode).post(CHAT, chat(TwoLegs.members("\"2.2.2.2\"", "null", "0")));
        long meeting = System.nanoTime();
        new ApiClient(decode).post(CHAT, body);

        assertThat(early.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - meeting)).isGreaterThanOrEqualTo(Duration.ofMillis(150));
    }

    @Test
    void awaitRooms_inVain_saysWhatThereIs() {
        assertThatThrownBy(() -> prefill.awaitRooms(rooms -> rooms.met() > 0, Duration.ofMillis(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("RoomCounts[met=0, leaked=0, waiting=0, ended=0, lost=0] within PT0.001S");
    }

    private void leave(SimulatedEngine engine) throws Exception {
        leave(engine, body);
    }

    /** Sends a leg, and goes once the engine waits for the other. */
    private static void leave(SimulatedEngine engine, String request) throws Exception {
        try (RawClient client = new RawClient(engine)) {
            client.send(RawClient.post(CHAT, request));
            engine.awaitRooms(rooms -> rooms.waiting() == 1, SOON);
            client.leave();
            engine.awaitRooms(rooms -> rooms.ended() == 1, SOON);
        }
        assertThat(engine.awaitDisconnects(1, SOON)).hasSize(1);
    }

    private String batch(String rooms) {
        String ports = "[" + prefill.bootstrapPort() + "," + prefill.bootstrapPort() + "]";
        return "{" + TwoLegs.members("[\"127.0.0.1\",\"127.0.0.1\"]", ports, rooms) + "\"text\":[\"a\",\"b\"]}";
    }

    private static SimulatedEngineBuilder patient() {
        return TwoLegs.engine().bootstrapTimeout(Duration.ofMinutes(1));
    }

    private static SimulatedEngineBuilder hasty() {
        return TwoLegs.engine().bootstrapTimeout(Duration.ofMillis(50));
    }
}

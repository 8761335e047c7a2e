package io.dlrouter.backend.lmdeploy;

import static io.dlrouter.backend.lmdeploy.LmdeployFleet.CHAT;
import static io.dlrouter.backend.lmdeploy.LmdeployFleet.ROUTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.CacheOwner;
import io.dlrouter.simulator.DistServeOptions;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which prefill responses of LMDeploy are usable, and who owns the KV cache: docs/lmdeploy-protocol.md, 17 and 18. */
final class LmdeployCacheOwnerTest extends LmdeployFleetCase {
    private static final String CACHE = "\"cache_block_ids\":[5],\"remote_token_ids\":[6]";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "500 | text/plain       | Internal Server Error                                            | status 500",
                "200 | text/html        | <html>502</html>                                                 | not a JSON object",
                "200 | application/json | {\"id\":\"7\"}                                                      | cache_block_ids: none",
                "200 | application/json | {\"id\":\"7\",\"remote_token_ids\":[6]}                            | cache_block_ids: none",
                "200 | application/json | {\"id\":\"7\",\"cache_block_ids\":[],\"remote_token_ids\":[6]}     | cache_block_ids: none",
                "200 | application/json | {\"id\":\"7\",\"cache_block_ids\":[5]}                             | remote_token_ids: none",
                "200 | application/json | {\"id\":\"7\",\"cache_block_ids\":[5],\"remote_token_ids\":[]}     | remote_token_ids: none",
                "200 | application/json | {\"id\":\"7\",\"cache_block_ids\":[[5]],\"remote_token_ids\":[6]}  | cache_block_ids: another",
            })
    void prefill_responseHasNoCache_isFreedIfPossibleAndNotDecoded(
            int status, String type, String body, String reason) {
        Reply reply = answerAfterPrefill(status, type, body);

        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.code()).isEqualTo("prefill_failed");
        assertThat(reply.message()).contains(reason);
        assertThat(fleet.decodes.get(0).requests(ROUTE)).isEmpty();
        SimulatedEngine prefill = fleet.prefills.get(0);
        if (body.contains("id")) {
            fleet.passFreeDelay();
            LmdeployFleet.awaitRequests(prefill, FREE, 1);
            fleet.passFreeDelay(2);
            fleet.passFreeDelay(3);
        }
        fleet.closeRouter();
        prefill.close();
    }

    /** Of a prefill engine that replies so, and is notified of sessions that it never issued. */
    private Reply answerAfterPrefill(int status, String type, String body) {
        SimulatedEngine prefill = fleet.prefill();
        fleet.decode();
        prefill.inject(Fault.canned(status, Map.of("content-type", type), body.getBytes(UTF_8))
                .onPath(ROUTE));
        prefill.inject(Fault.status(503).onPath(FREE));
        return fleet.post(CHAT);
    }

    @ParameterizedTest
    @EnumSource(
            value = CacheOwner.class,
            names = {"CACHE_SESSION_ID", "NUMERIC_ID"})
    void cacheOwner_inPrefillResponse_isUsedForDecode(CacheOwner owner) {
        SimulatedEngine prefill = fleet.prefill(DistServeOptions.DEFAULT.cacheOwner(owner));
        fleet.decode();

        assertThat(fleet.post(CHAT).status()).isEqualTo(200);
        assertThat(prefill.sessions().adopted()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"id\":\"0\"",
                "\"id\":\"chatcmpl-x\",\"cache_session_id\":0",
                "\"id\":\"7\",\"cache_session_id\":0",
            })
    void cacheOwner_zero_isValid(String owner) {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        String body = "{" + owner + "," + CACHE + "}";
        prefill.inject(Fault.canned(200, Map.of("content-type", "application/json"), body.getBytes(UTF_8)));
        prefill.inject(Fault.status(503).onPath(FREE));
        decode.inject(Fault.status(400, "{}"));

        assertThat(fleet.post(CHAT).status()).isEqualTo(400);

        assertThat(only(decode, ROUTE).text()).contains("\"remote_session_id\":0,\"remote_token_id\":6,");
        fleet.passFreeDelay();
        LmdeployFleet.awaitRequests(prefill, FREE, 1);
        fleet.passFreeDelay(2);
        fleet.passFreeDelay(3);
        assertThat(prefill.requests(FREE).get(0).text()).contains("\"remote_session_id\":0}");
        prefill.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"id\":\"-1\"",
                "\"id\":\"chatcmpl-x\"",
                "\"id\":7",
                "\"x\":1",
                "\"id\":\"chatcmpl-x\",\"cache_session_id\":null",
                "\"id\":\"chatcmpl-x\",\"cache_session_id\":true",
                "\"id\":\"chatcmpl-x\",\"cache_session_id\":-1",
                "\"id\":\"chatcmpl-x\",\"cache_session_id\":\"7\"",
            })
    void cacheOwner_unusable_failsRequestWithReasonAndFreesNothing(String owner) {
        Reply reply = answerAfterPrefill(200, "application/json", "{" + owner + "," + CACHE + "}");

        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.code()).isEqualTo("prefill_failed");
        assertThat(reply.message()).contains("cache_session_id");
        assertThat(fleet.decodes.get(0).requests(ROUTE)).isEmpty();
        fleet.closeRouter();
        assertThat(fleet.prefills.get(0).requests(FREE)).isEmpty();
    }

    @Test
    void cacheOwner_missing_nodeIsNotSelectedAgain() {
        SimulatedEngine mute = fleet.prefill(DistServeOptions.DEFAULT.cacheOwner(CacheOwner.UNKNOWN));
        SimulatedEngine prefill = fleet.prefill();
        fleet.decode();

        for (int i = 0; i < 4; i++) {
            assertThat(fleet.post(CHAT).status()).isEqualTo(200);
        }

        assertThat(mute.requests(ROUTE)).hasSize(1);
        assertThat(prefill.sessions().adopted()).isEqualTo(4);
        assertThat(fleet.status(mute).reason())
                .hasValueSatisfying(reason -> assertThat(reason).contains("cache_session_id"));
        mute.close();
    }
}

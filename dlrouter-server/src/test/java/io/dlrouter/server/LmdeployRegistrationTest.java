package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Registration and termination of LMDeploy prefill and decode nodes: docs/lmdeploy-protocol.md, 34 to 37. */
final class LmdeployRegistrationTest extends LmdeployFleetCase {
    @Test
    void registration_portNotOpenYet_isAccepted() throws Exception {
        Gateway gateway = fleet.gateway();
        try (ServerSocket idle = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String url = "http://127.0.0.1:" + idle.getLocalPort();

            HttpResponse<String> added = gateway.post(
                    "/nodes/add", "{\"url\":\"" + url + "\",\"status\":{\"models\":[\"demo\"],\"role\":2}}");

            assertThat(added.statusCode()).isEqualTo(200);
            assertThat(gateway.nodes()).containsOnlyKeys(url);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1.0", "2, 2.0", "3, 3.0"})
    void registration_roleAsNumber_isShownAsNumber(int role, double number) throws Exception {
        Gateway gateway = fleet.gateway();

        gateway.post("/nodes/add", "{\"url\":\"http://n:1\",\"status\":{\"models\":[\"demo\"],\"role\":" + role + "}}");

        assertThat(gateway.get("/nodes/status").body()).contains("\"role\":" + role + ",");
        assertThat(gateway.nodes().get("http://n:1")).containsEntry("role", number);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void terminateAll_oneEngineForbidsIt_terminatesOthersAndNamesIt(String method) throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine stubborn = prefill();
        SimulatedEngine willing = fleet.decode(fleet.engine().decode().allowTerminate());
        link(gateway);

        HttpResponse<String> response = gateway.send(method, "/nodes/terminate_all", "");

        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(Gateway.error(response, "message")).contains(stubborn.url()).doesNotContain(willing.url());
        assertThat(gateway.nodes()).containsOnlyKeys(stubborn.url());
        stubborn.awaitLinks(links -> links.standing() == 0, Duration.ofSeconds(30));
    }

    @Test
    void gateway_restarted_restoresNodesAndLinksThemAgain(@TempDir Path folder) throws Exception {
        String[] table = {"--config_path", folder.resolve("nodes.json").toString(), "--disable_cache_status=false"};
        Gateway first = fleet.gateway(table);
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        assertThat(first.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
        first.close();

        Gateway second = fleet.gateway(table);
        assertThat(second.nodes()).containsOnlyKeys(prefill.url(), decode.url());
        assertThat(second.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

        assertThat(prefill.links().connected()).isEqualTo(2);
        assertThat(prefill.sessions().adopted()).isEqualTo(2);
    }

    @Test
    void keys_areRequiredOfOthersThanTrustedRegistrars() throws Exception {
        Gateway gateway = fleet.gateway("--api_keys", "secret", "--trusted_registrars", "127.0.0.0/8");
        prefill();
        decode();

        assertThat(gateway.post(ROUTE, CHAT, "Authorization", "Bearer secret").statusCode())
                .isEqualTo(200);
        assertThat(gateway.post(WARM_UP, "{}").statusCode()).isEqualTo(401);
        assertThat(gateway.nodes("Authorization", "Bearer secret")).hasSize(2);
    }

    @Test
    void backendKey_isSentWithEveryCallToAnEngine() throws Exception {
        Gateway gateway = fleet.gateway("--backend_api_key", "inner");
        SimulatedEngine prefill = fleet.prefill(fleet.engine().prefill().apiKey("inner"));
        SimulatedEngine decode = fleet.decode(fleet.engine().decode().apiKey("inner"));
        decode.inject(Fault.status(400, "{}").onPath(ROUTE).times(1));

        assertThat(List.of(gateway.post(ROUTE, CHAT), gateway.post(ROUTE, CHAT)))
                .extracting(HttpResponse::statusCode)
                .containsExactly(400, 200);
        prefill.awaitSessions(sessions -> sessions.freed() == 1, Duration.ofSeconds(30));
    }
}

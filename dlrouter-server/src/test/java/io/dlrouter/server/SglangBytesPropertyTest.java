package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SimulatedEngine;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterProperty;

/** Whatever a client writes, both legs get its bytes and the same addition, with a room that was never given before. */
class SglangBytesPropertyTest {
    private static final Pattern ADDITION =
            Pattern.compile(",\"bootstrap_host\":\"127.0.0.1\",\"bootstrap_port\":\\d+,\"bootstrap_room\":(\\d+)");

    private final Set<String> rooms = new HashSet<>();
    private final PrefillDecodeFleet fleet = new PrefillDecodeFleet(EngineKind.SGLANG);
    private final Gateway gateway;

    SglangBytesPropertyTest() throws Exception {
        fleet.prefill(fleet.engine().prefill());
        fleet.decode(fleet.engine().decode());
        gateway = fleet.gateway();
        Await.until(() -> gateway.get("/ready").statusCode() == 200);
    }

    @AfterProperty
    void stop() throws Exception {
        fleet.assertNothingLeft();
        fleet.close();
    }

    @Property(tries = 150, edgeCases = EdgeCasesMode.NONE)
    void legs_ofAnyBody_areItsBytesAndTheAddition(@ForAll("bodies") String body) throws Exception {
        assertThat(gateway.post(ROUTE, body).statusCode()).isEqualTo(200);

        String sent = last(fleet.prefills.get(0));
        Matcher addition = ADDITION.matcher(sent);
        assertThat(addition.find()).as("addition in %s", sent).isTrue();
        assertThat(sent.substring(0, addition.start()) + sent.substring(addition.end()))
                .isEqualTo(body);
        assertThat(last(fleet.decodes.get(0))).isEqualTo(sent);
        assertThat(Long.parseLong(addition.group(1))).isNotNegative();
        assertThat(rooms.add(addition.group(1))).as("room is new").isTrue();
    }

    private static String last(SimulatedEngine engine) {
        var requests = engine.requests(ROUTE);
        return new String(requests.get(requests.size() - 1).body(), StandardCharsets.UTF_8);
    }

    @Provide
    Arbitrary<String> bodies() {
        Arbitrary<String> member = Combinators.combine(
                        Arbitraries.strings()
                                .alpha()
                                .ofMinLength(1)
                                .ofMaxLength(6)
                                .map(name -> "x_" + name),
                        spaces(),
                        values())
                .as((name, space, value) -> '"' + name + '"' + space + ':' + space + value);
        Arbitrary<List<String>> members =
                member.list().ofMaxSize(5).uniqueElements(text -> text.split(":", 2)[0].strip());
        return Combinators.combine(spaces(), members, Arbitraries.of(true, false), spaces())
                .as(SglangBytesPropertyTest::body);
    }

    private static String body(String space, List<String> members, boolean streamed, String end) {
        StringBuilder body = new StringBuilder(space).append('{');
        members.forEach(member -> body.append(member).append(space).append(','));
        return body.append("\"model\":\"demo\",\"stream\":")
                .append(streamed)
                .append(",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]")
                .append(space)
                .append('}')
                .append(end)
                .toString();
    }

    private static Arbitrary<String> values() {
        return Arbitraries.of(
                "1.0",
                "10000000000000000000001",
                "-0.0e-7",
                "null",
                "\"\\u00e9\\/\"",
                "\"日本\"",
                "[1 , {\"a\" :[]}]",
                "{ \"bootstrap_room\": 5 }",
                "\"}\"");
    }

    private static Arbitrary<String> spaces() {
        return Arbitraries.of("", " ", "\n\t", "\r\n  ");
    }
}

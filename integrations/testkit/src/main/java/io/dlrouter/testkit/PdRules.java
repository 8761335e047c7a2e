package io.dlrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Role;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.spi.PdProtocol;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rules that the router relies on for both kinds of protocol. */
final class PdRules {
    /** JSON of each kind, mostly nothing that a client would send. */
    static final List<String> ODD_JSON = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1e400",
            "18446744073709551616",
            "\"\"",
            "\"\\ud800\"",
            "[]",
            "[null]",
            "[[]]",
            "{}");

    /** Members that protocols read, and an unknown one. */
    static final List<String> READ_MEMBERS = List.of(
            "messages",
            "prompt",
            "text",
            "input_ids",
            "n",
            "best_of",
            "stream",
            "max_tokens",
            "max_completion_tokens",
            "min_tokens",
            "seed",
            "rid",
            "logprobs",
            "prompt_logprobs",
            "sampling_params",
            "session_id",
            "no_such_member");

    private static final String HEADER = "header ";
    private static final String MEMBER = "member ";

    private PdRules() {}

    /** A streamed chat. */
    static FakeRoutingContext chat() {
        return FakeRoutingContext.ofMembers(
                "model",
                "\"model\"",
                "messages",
                "[{\"role\":\"user\",\"content\":\"What does a router do? Explain it to somebody who has never seen one.\"}]",
                "stream",
                "true",
                "max_tokens",
                "64");
    }

    static void assertRoles(PdProtocol protocol, PdProtocol another) {
        assertThat(protocol.roles())
                .as("roles")
                .contains(Role.DECODE)
                .isSubsetOf(Role.PREFILL, Role.DECODE)
                .isEqualTo(protocol.roles())
                .isEqualTo(another.roles());
    }

    static void assertRoutes(PdProtocol protocol, PdProtocol another) {
        assertThat(protocol.routes())
                .as("routes")
                .isNotEmpty()
                .allSatisfy(HttpRules::assertPath)
                .isEqualTo(protocol.routes())
                .isEqualTo(another.routes());
    }

    static void assertHiddenMembers(PdProtocol protocol, PdProtocol another) {
        assertThat(protocol.hiddenMembers())
                .as("hidden members")
                .doesNotContain("")
                .isEqualTo(protocol.hiddenMembers())
                .isEqualTo(another.hiddenMembers());
    }

    /** Fails if the request cannot be sent. */
    static void assertRequest(NodeRequest request) {
        HttpRules.assertHeaders(request.headers());
        BodyEdit body = request.body();
        assertThat(body.set()).doesNotContainKeys(body.removed().toArray(String[]::new));
        assertThat(body.set()).allSatisfy((name, json) -> {
            assertThat(name).as("name of a member").isNotEmpty();
            JsonRules.assertValue(json);
        });
    }

    /**
     * Fails unless a request is the same for any values of members that only the router may set.
     *
     * @param request the request to one node for a client's request
     */
    static void assertUnchangedBy(Set<String> reserved, FakeRoutingContext client, FromRequest request) {
        Object expected = request.of(client);
        assertThat(reserved)
                .allSatisfy(name -> assertThat(List.of("\"of the client\"", "{\"of\":\"the client\"}"))
                        .allSatisfy(json -> assertThat(request.of(client.withMember(name, json)))
                                .as("with the client's member " + name)
                                .isEqualTo(expected)));
    }

    /** The values that identify an attempt: set for it and not for another attempt with the same request and nodes. */
    static Map<String, String> names(NodeRequest request, NodeRequest ofAnotherAttempt) {
        Map<String, String> names = set(request);
        names.entrySet().removeAll(set(ofAnotherAttempt).entrySet());
        return names;
    }

    /** All values that are set, by header or member. */
    static Map<String, String> set(NodeRequest request) {
        Map<String, String> set = new HashMap<>();
        request.headers().forEach((name, value) -> set.put(HEADER + name, value));
        request.body().set().forEach((name, json) -> set.put(MEMBER + name, json));
        return set;
    }

    /** An attempt with another id, of the same request with the same nodes. */
    static PdAttempt another(PdAttempt attempt) {
        return PdAttempt.of(attempt.request(), attempt.prefill(), attempt.decode());
    }

    /** The result of a protocol for a client's request. */
    interface FromRequest {
        /** A value to compare. */
        Object of(FakeRoutingContext client);
    }
}

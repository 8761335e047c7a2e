package io.dlrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.EngineCall;
import io.dlrouter.spi.Handover;
import io.dlrouter.spi.JsonMembers;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.TwoStage;
import io.dlrouter.spi.json.JsonValue;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TwoStageContractTest {
    /** What makes each test of the contract fail. */
    private static final Map<String, TwoStage> DEFECTS = Map.ofEntries(
            Map.entry("roles_askedTwice_areTheSameAndNameDecode", new HouseTransfer() {
                @Override
                public Set<Role> roles() {
                    return Set.of(Role.PREFILL);
                }
            }),
            Map.entry("routes_askedTwice_areTheSamePaths", new HouseTransfer() {
                @Override
                public Set<String> routes() {
                    return Set.of();
                }
            }),
            Map.entry("hiddenMembers_askedTwice_areTheSame", new HouseTransfer() {
                @Override
                public Set<String> hiddenMembers() {
                    return Set.of("member " + calls.incrementAndGet());
                }
            }),
            Map.entry("grace_askedTwice_isTheSameAndNotNegative", new HouseTransfer() {
                @Override
                public Duration grace() {
                    return Duration.ofSeconds(-1);
                }
            }),
            Map.entry("prefillCountsPrompt_askedTwice_isTheSame", new HouseTransfer() {
                @Override
                public boolean prefillCountsPrompt() {
                    return calls.incrementAndGet() % 2 == 0;
                }
            }),
            Map.entry("decodeAlone_requestToBeSplit_isEmptyIfThereArePrefillNodes", new HouseTransfer() {
                @Override
                public Optional<NodeRequest> decodeAlone(RoutingContext request, NodeSpec decode) {
                    return Optional.of(NodeRequest.UNCHANGED);
                }
            }),
            Map.entry("decodeAlone_anyRequest_saysTheSameEachTime", new HouseTransfer() {
                @Override
                public Optional<NodeRequest> decodeAlone(RoutingContext request, NodeSpec decode) {
                    return calls.incrementAndGet() % 2 == 0 ? Optional.of(NodeRequest.UNCHANGED) : Optional.empty();
                }
            }),
            Map.entry("decodeAlone_anyRequest_canBeSentOrIsSplitOrRefused", new HouseTransfer() {
                @Override
                public Optional<NodeRequest> decodeAlone(RoutingContext request, NodeSpec decode) {
                    if (text(request, "n").equals("[]")) {
                        throw new IllegalStateException("a list");
                    }
                    return super.decodeAlone(request, decode);
                }
            }),
            Map.entry("decodeAlone_reservedMemberOfTheClient_changesNothing", new HouseTransfer() {
                @Override
                public Optional<NodeRequest> decodeAlone(RoutingContext request, NodeSpec decode) {
                    return request.member("cache_id").map(id -> NodeRequest.UNCHANGED);
                }
            }),
            Map.entry("prefill_sameAttempt_isTheSameEachTime", new HouseTransfer() {
                @Override
                public NodeRequest prefill(PdAttempt attempt) {
                    return request(attempt, ONE_TOKEN.setting("number", "" + calls.incrementAndGet()));
                }
            }),
            Map.entry("prefill_streamedRequest_canBeSentAndAsksForOnePiece", new HouseTransfer() {
                @Override
                public NodeRequest prefill(PdAttempt attempt) {
                    return request(attempt, BodyEdit.NONE);
                }
            }),
            Map.entry("prefill_reservedMemberOfTheClient_changesNothing", new HouseTransfer() {
                @Override
                public NodeRequest prefill(PdAttempt attempt) {
                    return request(attempt, ONE_TOKEN.setting("echo", text(attempt.request(), "cache_id")));
                }
            }),
            Map.entry("handover_cacheLeft_canBeSentToANodeThatMayTakeItOver", new HouseTransfer() {
                @Override
                public Handover handover(PdAttempt attempt, JsonMembers response) {
                    return Handover.ofNothing(request(attempt, BodyEdit.NONE));
                }
            }),
            Map.entry("handover_sameResponse_isTheSameEachTime", new HouseTransfer() {
                @Override
                public Handover handover(PdAttempt attempt, JsonMembers response) {
                    Handover handover = super.handover(attempt, response);
                    return Handover.of(
                            handover.decode(), handover.receiver(), Duration.ofSeconds(calls.incrementAndGet()));
                }
            }),
            Map.entry("handover_reservedMemberOfTheClient_changesNothing", new HouseTransfer() {
                @Override
                public Handover handover(PdAttempt attempt, JsonMembers response) {
                    String ofTheClient = text(attempt.request(), "cache_id");
                    return ofTheClient.isEmpty()
                            ? super.handover(attempt, response)
                            : Handover.ofNothing(NodeRequest.UNCHANGED);
                }
            }),
            Map.entry("handover_malformedResponse_isBadNodeResponseOrCanBeSent", new HouseTransfer() {
                @Override
                public Handover handover(PdAttempt attempt, JsonMembers response) {
                    if (text(response, "cache_id").isEmpty()) {
                        throw new IllegalArgumentException("no cache_id");
                    }
                    return super.handover(attempt, response);
                }
            }),
            Map.entry("legs_twoAttempts_areNotNamedTheSame", new HouseTransfer() {
                @Override
                String name(PdAttempt attempt) {
                    return attempt.request().requestId();
                }
            }),
            Map.entry("legs_sameAttempt_areNamedTheSame", new HouseTransfer() {
                @Override
                public NodeRequest prefill(PdAttempt attempt) {
                    return new NodeRequest(Map.of("X-Request-Id", attempt.id() + "-prefill"), ONE_TOKEN);
                }
            }),
            Map.entry("release_cacheLeft_isTheSameEachTimeAndCanBeSent", new HouseTransfer() {
                @Override
                public Optional<EngineCall> release(PdAttempt attempt, JsonMembers response) {
                    return Optional.of(new EngineCall("free", "{}"));
                }
            }),
            Map.entry("release_malformedResponse_throwsNothing", new HouseTransfer() {
                @Override
                public Optional<EngineCall> release(PdAttempt attempt, JsonMembers response) {
                    return Optional.of(new EngineCall("/free", cacheId(attempt, response)));
                }
            }),
            Map.entry("objection_cacheLeft_isEmpty", new HouseTransfer() {
                @Override
                public Optional<String> objection(JsonMembers response) {
                    return Optional.of("too old");
                }
            }),
            Map.entry("objection_malformedResponse_isTheSameEachTimeAndThrowsNothing", new HouseTransfer() {
                @Override
                public Optional<String> objection(JsonMembers response) {
                    return text(response, "cache_id").isEmpty()
                            ? Optional.of("objection " + calls.incrementAndGet())
                            : Optional.empty();
                }
            }),
            Map.entry("protocol_manyThreads_saysToEachWhatItSaysToOne", new HouseTransfer() {
                private final Thread first = Thread.currentThread();

                @Override
                String name(PdAttempt attempt) {
                    return Thread.currentThread() == first ? attempt.id() : "of another thread";
                }
            }));

    /** The protocol that the contract is run on. */
    private static volatile TwoStage subject = new HouseTransfer();

    @Test
    void contract_protocolWithoutDefect_passes() {
        subject = new HouseTransfer();

        assertThat(ContractRun.failures(Subject.class)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("defects")
    void contract_protocolWithDefect_failsThatTest(String test) {
        subject = Objects.requireNonNull(DEFECTS.get(test));

        assertThat(ContractRun.fails(Subject.class, test)).isTrue();
    }

    @Test
    void contract_eachTest_hasADefectThatItFinds() {
        assertThat(DEFECTS.keySet()).isEqualTo(ContractRun.tests(TwoStageContract.class));
    }

    static Set<String> defects() {
        return DEFECTS.keySet();
    }

    /** Run by these tests only. */
    static class Subject extends TwoStageContract {
        @Override
        protected TwoStage protocol() {
            return subject;
        }

        @Override
        protected FakeMembers prefillResponse() {
            return FakeMembers.of("cache_id", "\"c-1\"", "usage", "{\"prompt_tokens\":5}");
        }
    }

    /** A protocol whose prefill node names the cache by a string, {@code cache_id}. */
    private static class HouseTransfer implements TwoStage {
        static final BodyEdit ONE_TOKEN =
                BodyEdit.NONE.setting("stream", "false").setting("max_tokens", "1");

        final AtomicInteger calls = new AtomicInteger();

        @Override
        public Set<String> hiddenMembers() {
            return Set.of("cache_id");
        }

        @Override
        public Optional<NodeRequest> decodeAlone(RoutingContext request, NodeSpec decode) {
            if (text(request, "n").equals("{}")) {
                throw new InvalidRequestException("n: {} (expected: 1 or none)", "n");
            }
            return text(request, "n").equals("0") ? Optional.of(NodeRequest.UNCHANGED) : Optional.empty();
        }

        @Override
        public NodeRequest prefill(PdAttempt attempt) {
            return request(attempt, ONE_TOKEN);
        }

        @Override
        public Handover handover(PdAttempt attempt, JsonMembers response) {
            BodyEdit edit = BodyEdit.NONE.setting("cache_id", cacheId(attempt, response));
            return Handover.of(request(attempt, edit), Handover.Receiver.ANY, Duration.ofSeconds(30));
        }

        @Override
        public Optional<EngineCall> release(PdAttempt attempt, JsonMembers response) {
            return text(response, "cache_id").startsWith("\"")
                    ? Optional.of(new EngineCall("/free", "{\"cache_id\":" + text(response, "cache_id") + "}"))
                    : Optional.empty();
        }

        final NodeRequest request(PdAttempt attempt, BodyEdit edit) {
            return new NodeRequest(Map.of("X-Request-Id", name(attempt)), edit);
        }

        String name(PdAttempt attempt) {
            return attempt.id();
        }

        static String cacheId(PdAttempt attempt, JsonMembers response) {
            String id = text(response, "cache_id");
            if (!id.startsWith("\"")) {
                throw new BadNodeResponseException("The prefill node "
                        + attempt.prefill().address() + " answered cache_id: " + id + " (expected: a string).");
            }
            return id;
        }

        static String text(JsonMembers members, String name) {
            return members.member(name).map(JsonValue::text).orElse("");
        }
    }
}

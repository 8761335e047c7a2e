package io.dlrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.InvalidRequestException;
import io.dlrouter.Role;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.DualDispatch;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.spi.PrefillLists;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.json.JsonValue;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DualDispatchContractTest {
    /** What makes each test of the contract fail. */
    private static final Map<String, DualDispatch> DEFECTS = Map.of(
            "roles_askedTwice_areTheSameAndNameBoth",
            new HouseRooms() {
                @Override
                public Set<Role> roles() {
                    return Set.of(Role.DECODE);
                }
            },
            "routes_askedTwice_areTheSamePaths",
            new HouseRooms() {
                @Override
                public Set<String> routes() {
                    return Set.of("generate");
                }
            },
            "hiddenMembers_askedTwice_areTheSame",
            new HouseRooms() {
                @Override
                public Set<String> hiddenMembers() {
                    return Set.of("member " + calls.incrementAndGet());
                }
            },
            "samples_requestThatCanBeSplit_isOneOrMoreEachTime",
            new HouseRooms() {
                @Override
                public int samples(RoutingContext request) {
                    return 0;
                }
            },
            "legs_anyRequest_canBeSentOrIsRefused",
            new HouseRooms() {
                @Override
                public int samples(RoutingContext request) {
                    return Integer.parseInt(
                            request.member("n").map(JsonValue::text).orElse("1"));
                }
            },
            "legs_sameAttempt_areTheSameEachTime",
            new HouseRooms() {
                @Override
                String room(PdAttempt attempt, String leg) {
                    return "\"" + calls.incrementAndGet() + "\"";
                }
            },
            "legs_sameAttempt_areGivenTheSameName",
            new HouseRooms() {
                @Override
                String room(PdAttempt attempt, String leg) {
                    return "\"" + attempt.id() + leg + "\"";
                }
            },
            "legs_attemptsOnManyThreads_areNeverGivenTheSameName",
            new HouseRooms() {
                @Override
                String room(PdAttempt attempt, String leg) {
                    return "\"" + attempt.id().substring(0, 2) + "\"";
                }
            },
            "legs_reservedMemberOfTheClient_changesNothing",
            new HouseRooms() {
                @Override
                String room(PdAttempt attempt, String leg) {
                    return attempt.request()
                            .member("room")
                            .map(JsonValue::text)
                            .orElseGet(() -> super.room(attempt, leg));
                }
            },
            "prefillLists_anyRequest_areTheSameEachTime",
            new HouseRooms() {
                @Override
                public Optional<PrefillLists> prefillLists(RoutingContext request) {
                    return Optional.of(new PrefillLists("meta", Set.of("list " + calls.incrementAndGet())));
                }
            });

    /** The protocol that the contract is run on. */
    private static volatile DualDispatch subject = new HouseRooms();

    @Test
    void contract_protocolWithoutDefect_passes() {
        subject = new HouseRooms();

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
        assertThat(DEFECTS.keySet()).isEqualTo(ContractRun.tests(DualDispatchContract.class));
    }

    static Set<String> defects() {
        return DEFECTS.keySet();
    }

    /** Run by these tests only. */
    static class Subject extends DualDispatchContract {
        @Override
        protected DualDispatch protocol() {
            return subject;
        }

        @Override
        protected Set<String> reservedMembers() {
            return Set.of("room");
        }
    }

    /** A protocol whose engines meet in a room that is named by a string. */
    static class HouseRooms implements DualDispatch {
        final AtomicInteger calls = new AtomicInteger();

        @Override
        public Set<String> hiddenMembers() {
            return Set.of();
        }

        @Override
        public int samples(RoutingContext request) {
            request.member("n").map(JsonValue::text).filter(n -> !n.equals("1")).ifPresent(n -> {
                throw new InvalidRequestException("n: " + n + " (expected: 1 or none)", "n");
            });
            return 1;
        }

        @Override
        public Legs legs(PdAttempt attempt, int sample) {
            return new Legs(leg(room(attempt, "prefill")), leg(room(attempt, "decode")));
        }

        private static NodeRequest leg(String room) {
            return new NodeRequest(Map.of(), BodyEdit.NONE.setting("room", room));
        }

        String room(PdAttempt attempt, String leg) {
            return "\"" + attempt.id() + "\"";
        }

        @Override
        public Optional<PrefillLists> prefillLists(RoutingContext request) {
            return Optional.empty();
        }
    }
}

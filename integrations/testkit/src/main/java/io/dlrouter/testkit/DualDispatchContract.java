package io.dlrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.spi.DualDispatch;
import io.dlrouter.spi.DualDispatch.Legs;
import io.dlrouter.spi.PdAttempt;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests that every {@link DualDispatch} protocol must pass. The test of a protocol extends this class and gives the
 * protocol:
 *
 * <pre>{@code
 * class HouseRoomsTest extends DualDispatchContract {
 *     @Override
 *     protected DualDispatch protocol() {
 *         return new HouseRooms();
 *     }
 *
 *     @Override
 *     protected Set<String> reservedMembers() {
 *         return Set.of("room");
 *     }
 * }
 * }</pre>
 *
 * <p>Checks that
 *
 * <ul>
 *   <li>roles, routes and hidden members are constant, name prefill and decode nodes, and paths;
 *   <li>{@code samples}, {@code legs} and {@code prefillLists} are pure functions: equal for equal arguments, from any
 *       thread;
 *   <li>headers and JSON texts can be sent;
 *   <li>both legs of an attempt are given the same name to find each other by, and no other attempt is given it;
 *   <li>nothing depends on members that only the router may set, whatever the client writes there;
 *   <li>whatever a client sends is refused with an {@link InvalidRequestException} or served.
 * </ul>
 */
@Timeout(60)
public abstract class DualDispatchContract {
    private static final int THREADS = 8;
    private static final int ATTEMPTS = 500;

    /** For subclasses. */
    protected DualDispatchContract() {}

    /** A new protocol, equally configured each time. */
    protected abstract DualDispatch protocol();

    /** A request that can be split. By default a streamed chat. */
    protected FakeRoutingContext request() {
        return PdRules.chat();
    }

    /** Members of a request's body that only the router may set. By default the hidden members of responses. */
    protected Set<String> reservedMembers() {
        return protocol().hiddenMembers();
    }

    /** The prefill node. */
    protected NodeSpec prefillNode() {
        return NodeSpec.of("fake", "http://prefill:8000").withRole(Role.PREFILL);
    }

    /** The decode node. */
    protected NodeSpec decodeNode() {
        return NodeSpec.of("fake", "http://decode:8000").withRole(Role.DECODE);
    }

    @Test
    void roles_askedTwice_areTheSameAndNameBoth() {
        PdRules.assertRoles(protocol(), protocol());
        assertThat(protocol().roles()).contains(Role.PREFILL);
    }

    @Test
    void routes_askedTwice_areTheSamePaths() {
        PdRules.assertRoutes(protocol(), protocol());
    }

    @Test
    void hiddenMembers_askedTwice_areTheSame() {
        PdRules.assertHiddenMembers(protocol(), protocol());
    }

    @Test
    void samples_requestThatCanBeSplit_isOneOrMoreEachTime() {
        int samples = protocol().samples(request());

        assertThat(samples).isPositive();
        assertThat(protocol().samples(request())).isEqualTo(samples);
    }

    @Test
    void legs_anyRequest_canBeSentOrIsRefused() {
        DualDispatch protocol = protocol();

        assertThat(oddRequests()).allSatisfy(request -> {
            try {
                int samples = protocol.samples(request);
                assertThat(samples).isPositive();
                assertLegs(protocol.legs(attempt(request), samples - 1));
            } catch (InvalidRequestException refused) {
                assertThat(refused).hasMessageContaining("expected:");
            }
        });
    }

    @Test
    void legs_sameAttempt_areTheSameEachTime() {
        PdAttempt attempt = attempt();
        Legs first = protocol().legs(attempt, 0);

        assertThat(protocol().legs(attempt, 0)).isEqualTo(first);
    }

    @Test
    void legs_sameAttempt_areGivenTheSameName() {
        DualDispatch protocol = protocol();
        PdAttempt attempt = attempt();
        Legs legs = protocol.legs(attempt, 0);
        Legs others = protocol.legs(PdRules.another(attempt), 0);

        Map<String, String> names = PdRules.names(legs.prefill(), others.prefill());

        assertThat(names).as("what names the attempt").isNotEmpty();
        assertThat(PdRules.names(legs.decode(), others.decode())).isEqualTo(names);
    }

    @Test
    void legs_attemptsOnManyThreads_areNeverGivenTheSameName() throws Exception {
        DualDispatch protocol = protocol();
        PdAttempt attempt = attempt();
        Legs of = protocol.legs(attempt, 0);
        Set<Map<String, String>> names = ConcurrentHashMap.newKeySet();

        Hammer.run(THREADS, () -> {
            for (int i = 0; i < ATTEMPTS; i++) {
                PdAttempt own = PdRules.another(attempt);
                Legs legs = protocol.legs(own, 0);
                assertThat(protocol.legs(own, 0)).isEqualTo(legs);
                assertThat(names.add(PdRules.names(legs.prefill(), of.prefill())))
                        .as("the name of an attempt is given to it alone")
                        .isTrue();
            }
        });
    }

    @Test
    void legs_reservedMemberOfTheClient_changesNothing() {
        DualDispatch protocol = protocol();
        String id = attempt().id();

        PdRules.assertUnchangedBy(
                reservedMembers(),
                request(),
                client -> protocol.legs(new PdAttempt(client, prefillNode(), decodeNode(), id), 0));
    }

    @Test
    void prefillLists_anyRequest_areTheSameEachTime() {
        assertThat(oddRequests())
                .allSatisfy(request -> assertThat(protocol().prefillLists(request))
                        .isEqualTo(protocol().prefillLists(request)));
    }

    private static void assertLegs(Legs legs) {
        PdRules.assertRequest(legs.prefill());
        PdRules.assertRequest(legs.decode());
    }

    private PdAttempt attempt() {
        return attempt(request());
    }

    private PdAttempt attempt(FakeRoutingContext request) {
        return PdAttempt.of(request, prefillNode(), decodeNode());
    }

    /** The request with members of each kind of JSON, on each route. */
    private List<FakeRoutingContext> oddRequests() {
        List<FakeRoutingContext> requests = new ArrayList<>();
        for (String route : protocol().routes()) {
            for (String name : PdRules.READ_MEMBERS) {
                for (String json : PdRules.ODD_JSON) {
                    requests.add(request().withRoute(route).withMember(name, json));
                }
            }
        }
        return requests;
    }
}

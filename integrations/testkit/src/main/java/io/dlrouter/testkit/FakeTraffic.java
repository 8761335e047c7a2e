package io.dlrouter.testkit;

import io.dlrouter.spi.Prompt;
import io.dlrouter.spi.Prompt.Unit;
import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.spi.RoutingStrategy.Selector;
import io.dlrouter.spi.SelectionObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * Chats of many sessions on a fleet whose nodes come and go. All prompts begin alike, those of one session continue
 * alike. A node computes one prompt and generates a few responses at once, and completes them after a number of further
 * requests.
 */
final class FakeTraffic {
    private static final int READ_PER_NODE = 1;
    private static final int ANSWERED_PER_NODE = 4;
    private static final int SESSIONS_PER_NODE = 40;
    private static final int BLOCK = 128;
    private static final int BLOCKS = 8;
    private static final int SHARED = 2;
    private static final long PACE = 1_000_000;

    private final RoutingStrategy strategy;
    private final RandomGenerator random;
    private final Deque<Request> reading = new ArrayDeque<>();
    private final Deque<Request> responding = new ArrayDeque<>();
    private final Map<FakeNode, Integer> picks = new HashMap<>();
    private long now;

    FakeTraffic(RoutingStrategy strategy, long seed) {
        this.strategy = strategy;
        this.random = new Random(seed);
    }

    /** A request on its node. */
    private record Request(FakeNode node, SelectionObserver observer) {}

    /** Sends a number of requests for each node, and returns how many each node got. */
    List<Integer> send(List<FakeNode> members, int perNode) {
        Selector selector = strategy.selectorFor(members);
        picks.clear();
        for (int i = 0; i < perNode * members.size(); i++) {
            begin(selector, request(members.size()));
            goOn(READ_PER_NODE * members.size(), ANSWERED_PER_NODE * members.size());
        }
        List<Integer> counts = new ArrayList<>();
        members.forEach(node -> counts.add(picks.getOrDefault(node, 0)));
        return counts;
    }

    /** Ends all requests in progress. */
    void end() {
        goOn(0, 0);
    }

    private void goOn(int stillRead, int stillResponded) {
        while (reading.size() > stillRead) {
            Request read = reading.removeFirst();
            read.observer.firstByte(now);
            responding.addLast(read);
        }
        while (responding.size() > stillResponded) {
            Request responded = responding.removeFirst();
            responded.observer.ended(now);
            responded.node.end();
        }
    }

    private FakeRoutingContext request(int nodes) {
        now += PACE;
        int session = random.nextInt(SESSIONS_PER_NODE * nodes);
        long[] blocks = new long[BLOCKS];
        for (int i = 0; i < BLOCKS; i++) {
            blocks[i] = i < SHARED ? i : 1000L * (session + 1) + i;
        }
        Prompt prompt = Prompt.of(Unit.TOKENS, (long) BLOCK * BLOCKS, BLOCK, blocks);
        return FakeRoutingContext.ofSession("session " + session)
                .withPrompt(prompt)
                .at(now);
    }

    private void begin(Selector selector, FakeRoutingContext context) {
        selector.prepare(context);
        FakeNode node = (FakeNode) selector.select(context);
        node.begin();
        picks.merge(node, 1, Integer::sum);
        reading.addLast(new Request(node, strategy.observer(context, node)));
    }
}

package io.dlrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.LegFailedException;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.RouterClosedException;
import io.dlrouter.spi.NodeClient;
import io.dlrouter.spi.NodeLinks;
import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests that all {@link NodeLinks} must pass. The test of an implementation extends this class, makes links and answers
 * their calls as engines do that can be linked:
 *
 * <pre>{@code
 * class HouseLinksTest extends NodeLinksContract {
 *     @Override
 *     protected NodeLinks links(NodeClient client, RouterClock clock) {
 *         return new HouseLinks(client, clock);
 *     }
 *
 *     @Override
 *     protected NodeClient.Response respond(FakeNodeClient.Call call) {
 *         return new NodeClient.Response(200, "{\"linked\":true}");
 *     }
 * }
 * }</pre>
 *
 * <p>Checks that a link is made once, however many ask for it, and whichever of them cancels; that it can be used as soon
 * as it stands, and not before; that a broken link is made anew, and a link whose node left stands no more, whether it
 * was in use or being made, while the links of others stand; that a link that cannot be made fails with a
 * {@link LegFailedException} in bounded time, of the clock; that no method waits for a node; that {@code close} ends all
 * waiting with a {@link RouterClosedException}, may be called twice, and leaves no thread; and that many threads may do
 * all of that at once.
 *
 * <p>The clock is a {@link FakeClock}, which the contract moves while it waits for a link.
 */
@Timeout(60)
public abstract class NodeLinksContract {
    private static final int THREADS = 8;
    private static final int STEPS = 200;
    private static final Duration SHORT_PAUSE = Duration.ofMillis(20);
    private static final Duration LONG_PAUSE = Duration.ofMillis(250);
    private static final int LONG_PAUSES = 100;
    private static final Duration STEP = Duration.ofMillis(500);
    private static final Duration BOUND = Duration.ofMinutes(2);

    private final FakeClock clock = new FakeClock();
    private final ThreadGroup threads = new ThreadGroup("links");
    private FakeNodeClient client = new FakeNodeClient(call -> new NodeClient.Response(200, ""));
    private @Nullable NodeLinks links;

    /** For subclasses. */
    protected NodeLinksContract() {}

    /** New links; the contract closes them. */
    protected abstract NodeLinks links(NodeClient client, RouterClock clock);

    /** The response of a node to a call of the links, such that links can be established. Used by many threads. */
    protected abstract NodeClient.Response respond(FakeNodeClient.Call call);

    /** A prefill node, different for each number. */
    protected NodeSpec prefillNode(int number) {
        return NodeSpec.of("fake", "http://prefill-" + number + ":8000").withRole(Role.PREFILL);
    }

    /** A decode node, different for each number. */
    protected NodeSpec decodeNode(int number) {
        return NodeSpec.of("fake", "http://decode-" + number + ":8000").withRole(Role.DECODE);
    }

    @BeforeEach
    void makeLinks() throws InterruptedException {
        client = new FakeNodeClient(this::respond);
        inGroup(() -> links = links(client, clock));
    }

    @AfterEach
    void closeLinks() throws InterruptedException {
        client.release();
        settle(closing());
    }

    @Test
    void use_neverLinked_isEmpty() {
        assertThat(links().use(prefillNode(0), decodeNode(0))).isEmpty();
    }

    @Test
    void link_nodesThatFit_stands() throws Exception {
        link(0, 0);

        assertStands(0, 0);
        assertThat(links().mismatch(prefillNode(0), decodeNode(0)))
                .as("mismatch")
                .isEmpty();
    }

    @Test
    void link_stands_isDoneAtOnceWithoutACall() throws Exception {
        link(0, 0);
        int calls = client.calls().size();

        assertThat(links().link(prefillNode(0), decodeNode(0))).isCompleted();
        assertThat(client.calls()).hasSize(calls);
    }

    @Test
    void link_manyAskAtOnce_isMadeOnce() throws Exception {
        link(0, 0);
        int callsOfOne = client.calls().size();
        Queue<CompletableFuture<Void>> asked = new ConcurrentLinkedQueue<>();

        Hammer.run(THREADS, () -> {
            for (int i = 0; i < STEPS; i++) {
                asked.add(links().link(prefillNode(1), decodeNode(1)));
            }
        });

        for (CompletableFuture<Void> link : asked) {
            await(link);
        }
        assertThat(client.calls()).hasSize(2 * callsOfOne);
    }

    @Test
    void link_nodeDoesNotAnswer_returnsAtOnceAndCannotBeUsed() throws Exception {
        client.hold();

        CompletableFuture<Void> link = links().link(prefillNode(0), decodeNode(0));
        client.awaitHeldCall();

        assertThat(link).isNotDone();
        assertThat(links().use(prefillNode(0), decodeNode(0))).isEmpty();
        client.release();
        await(link);
        assertStands(0, 0);
    }

    @Test
    void link_oneOfTwoCancels_standsForTheOther() throws Exception {
        client.hold();
        CompletableFuture<Void> cancelled = links().link(prefillNode(0), decodeNode(0));
        CompletableFuture<Void> other = links().link(prefillNode(0), decodeNode(0));

        cancelled.cancel(true);
        client.release();

        await(other);
        assertStands(0, 0);
    }

    @Test
    void link_nodeRefusesConnections_failsInBoundedTime() throws Exception {
        client.refuse(decodeNode(0));

        assertThat(failure(links().link(prefillNode(0), decodeNode(0))))
                .isInstanceOfSatisfying(
                        LegFailedException.class,
                        failed -> assertThat(failed.leg()).as("role at fault").isEqualTo(Role.DECODE));
        assertThat(links().use(prefillNode(0), decodeNode(0))).isEmpty();
    }

    @Test
    void use_closedTwice_endsOnce() throws Exception {
        link(0, 0);
        NodeLinks.Use use = use(0, 0);

        use.close();
        use.close();

        assertStands(0, 0);
    }

    @Test
    void broken_linkInUse_isMadeAnewBeforeItIsUsed() throws Exception {
        link(0, 0);
        int calls = client.calls().size();

        try (NodeLinks.Use use = use(0, 0)) {
            use.broken();
        }
        assertThat(links().use(prefillNode(0), decodeNode(0))).isEmpty();

        link(0, 0);
        assertStands(0, 0);
        assertThat(client.calls()).hasSizeGreaterThan(calls);
    }

    @Test
    void left_nodeOfALinkInUse_standsNoMore() throws Exception {
        for (boolean alive : new boolean[] {true, false}) {
            for (NodeSpec node : List.of(prefillNode(0), decodeNode(0))) {
                link(0, 0);
                try (NodeLinks.Use use = use(0, 0)) {
                    assertThat(use.stands()).isTrue();

                    links().left(node, alive);

                    assertThat(use.stands())
                            .as("link in use stands after %s left", node.address())
                            .isFalse();
                    assertThat(links().use(prefillNode(0), decodeNode(0)))
                            .as("use after %s left", node.address())
                            .isEmpty();
                }
            }
        }
    }

    @Test
    void left_nodeOfSeveralLinks_leavesTheLinksOfOthers() throws Exception {
        link(0, 0);
        link(0, 1);
        link(1, 1);

        links().left(prefillNode(0), true);

        assertThat(links().use(prefillNode(0), decodeNode(0))).isEmpty();
        assertThat(links().use(prefillNode(0), decodeNode(1))).isEmpty();
        assertStands(1, 1);
    }

    @Test
    void left_nodeRegistersAgain_isLinkedAnew() throws Exception {
        link(0, 0);
        int calls = client.calls().size();

        links().left(decodeNode(0), false);
        link(0, 0);

        assertStands(0, 0);
        assertThat(client.calls()).hasSizeGreaterThan(calls);
    }

    @Test
    void left_linkBeingMade_failsAndWaitsForNoNode() throws Exception {
        client.hold();
        CompletableFuture<Void> link = links().link(prefillNode(0), decodeNode(0));
        client.awaitHeldCall();

        links().left(decodeNode(0), false);

        assertThat(failure(link)).isInstanceOf(LegFailedException.class);
        client.release();
        assertThat(links().use(prefillNode(0), decodeNode(0))).isEmpty();
    }

    @Test
    void close_linkBeingMade_failsAsClosed() throws Exception {
        client.hold();
        CompletableFuture<Void> link = links().link(prefillNode(0), decodeNode(0));
        client.awaitHeldCall();

        settle(closing());

        assertThat(failure(link)).isInstanceOf(RouterClosedException.class);
    }

    @Test
    void close_calledTwice_linksNothingMore() throws Exception {
        link(0, 0);

        settle(closing());
        settle(closing());

        assertThat(links().use(prefillNode(0), decodeNode(0))).isEmpty();
        assertThat(failure(links().link(prefillNode(0), decodeNode(0)))).isInstanceOf(RouterClosedException.class);
        assertThat(failure(links().link(prefillNode(1), decodeNode(1)))).isInstanceOf(RouterClosedException.class);
    }

    @Test
    void close_linksStoodAndBroke_leavesNoThread() throws Exception {
        Queue<CompletableFuture<Void>> asked = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < 4; i++) {
            NodeSpec decode = decodeNode(i);
            inGroup(() -> asked.add(links().link(prefillNode(0), decode)));
        }
        for (CompletableFuture<Void> link : asked) {
            await(link);
        }
        try (NodeLinks.Use use = use(0, 0)) {
            inGroup(use::broken);
        }

        settle(closing());

        for (Thread thread : threadsOfLinks()) {
            thread.join(TimeUnit.SECONDS.toMillis(5));
            assertThat(thread.isAlive()).as("%s is alive after close", thread).isFalse();
        }
    }

    @Test
    void links_manyThreadsAtOnce_endEachLinkOnce() throws Exception {
        Queue<CompletableFuture<Void>> asked = new ConcurrentLinkedQueue<>();

        Hammer.run(THREADS, () -> {
            for (int i = 0; i < STEPS; i++) {
                act(asked);
            }
        });

        for (CompletableFuture<Void> link : asked) {
            settle(link);
        }
        link(0, 0);
        assertStands(0, 0);
    }

    private void act(Collection<CompletableFuture<Void>> asked) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        NodeSpec prefill = prefillNode(random.nextInt(2));
        NodeSpec decode = decodeNode(random.nextInt(2));
        asked.add(links().link(prefill, decode));
        links().use(prefill, decode).ifPresent(use -> {
            if (random.nextInt(8) == 0) {
                use.broken();
            }
            use.close();
        });
        if (random.nextInt(8) == 0) {
            links().left(random.nextBoolean() ? prefill : decode, random.nextBoolean());
        }
        assertThat(links().mismatch(prefill, decode)).isEmpty();
    }

    private NodeLinks links() {
        NodeLinks made = links;
        if (made == null) {
            throw new AssertionError("links: none (expected: what links(client, clock) returns)");
        }
        return made;
    }

    private void link(int prefill, int decode) throws Exception {
        await(links().link(prefillNode(prefill), decodeNode(decode)));
    }

    private NodeLinks.Use use(int prefill, int decode) {
        return links().use(prefillNode(prefill), decodeNode(decode))
                .orElseThrow(() -> new AssertionError("use of a link that stands: empty (expected: one)"));
    }

    private void assertStands(int prefill, int decode) {
        try (NodeLinks.Use use = use(prefill, decode)) {
            assertThat(use.stands()).as("link stands").isTrue();
        }
    }

    /** Waits until a link is established. The clock advances slowly, because links may have time limits. */
    private void await(CompletableFuture<Void> link) throws InterruptedException {
        for (int steps = 0; !isOverWithin(LONG_PAUSE, link) && steps < LONG_PAUSES; steps++) {
            clock.advance(STEP);
        }
        assertThat(link).as("link of two nodes that fit").isCompleted();
    }

    /** Waits until a link has failed, and returns the reason. */
    private Throwable failure(CompletableFuture<Void> link) throws InterruptedException {
        settle(link);
        try {
            link.get();
        } catch (ExecutionException e) {
            return Objects.requireNonNull(e.getCause());
        }
        throw new AssertionError("link: stands (expected: failed)");
    }

    /** Waits until the stage has ended, and advances the clock while nothing happens. */
    private void settle(CompletableFuture<Void> stage) throws InterruptedException {
        long end = clock.nanoTime() + BOUND.toNanos();
        while (!isOverWithin(SHORT_PAUSE, stage)) {
            assertThat(clock.nanoTime()).as("time until it is over").isLessThan(end);
            clock.advance(clock.untilNextTask().orElse(STEP));
        }
    }

    private static boolean isOverWithin(Duration pause, CompletableFuture<Void> stage) throws InterruptedException {
        try {
            stage.get(pause.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException failed) {
            return true;
        } catch (TimeoutException notYet) {
            return false;
        }
    }

    /** Closes the links on another thread, because that may take time of the clock. */
    private CompletableFuture<Void> closing() {
        return CompletableFuture.runAsync(links()::close, task -> new Thread(task, "close").start());
    }

    /** Runs an action on a thread from which new threads inherit their group. */
    private void inGroup(Runnable action) throws InterruptedException {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(
                threads,
                () -> {
                    try {
                        action.run();
                        done.complete(null);
                    } catch (RuntimeException | Error e) {
                        done.completeExceptionally(e);
                    }
                },
                "test");
        thread.start();
        thread.join();
        done.join();
    }

    private List<Thread> threadsOfLinks() {
        Thread[] alive = new Thread[threads.activeCount() + 100];
        int count = threads.enumerate(alive);
        return Arrays.asList(alive).subList(0, count);
    }
}

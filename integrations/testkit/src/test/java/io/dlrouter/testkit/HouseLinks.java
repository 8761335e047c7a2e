package io.dlrouter.testkit;

import io.dlrouter.LegFailedException;
import io.dlrouter.NodeAddress;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.RouterClosedException;
import io.dlrouter.spi.EngineCall;
import io.dlrouter.spi.NodeClient;
import io.dlrouter.spi.NodeLinks;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Links that stand when both nodes have been told, with the one defect that a test of the contract is to find. */
final class HouseLinks implements NodeLinks {
    private final NodeClient client;
    private final String defect;
    private final Map<Pair, Link> links = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "house-links");
        thread.setDaemon(true);
        return thread;
    });
    private volatile Thread linking = Thread.currentThread();
    private volatile boolean linked;
    private volatile boolean closed;

    /** @param defect the test that is to fail; empty for none */
    HouseLinks(NodeClient client, String defect) {
        this.client = client;
        this.defect = defect;
    }

    private boolean fails(String test) {
        return defect.equals(test);
    }

    @Override
    public CompletableFuture<Void> link(NodeSpec prefill, NodeSpec decode) {
        if (!linked) {
            linking = Thread.currentThread();
            linked = true;
        }
        if (fails("links_manyThreadsAtOnce_endEachLinkOnce") && Thread.currentThread() != linking) {
            return new CompletableFuture<>();
        }
        if (closed) {
            return fails("close_calledTwice_linksNothingMore")
                    ? CompletableFuture.completedFuture(null)
                    : CompletableFuture.failedFuture(closing());
        }
        Pair pair = new Pair(prefill.address(), decode.address());
        if (fails("link_stands_isDoneAtOnceWithoutACall") || fails("link_manyAskAtOnce_isMadeOnce")) {
            links.remove(pair);
        }
        Link link = links.computeIfAbsent(pair, absent -> begin(absent, prefill, decode));
        if (closed) {
            link.fail(closing());
        }
        return fails("link_oneOfTwoCancels_standsForTheOther") ? link.made : link.made.copy();
    }

    private Link begin(Pair pair, NodeSpec prefill, NodeSpec decode) {
        Link link = new Link();
        try {
            threads.execute(() -> make(pair, link, List.of(prefill, decode)));
        } catch (RejectedExecutionException e) {
            link.fail(closing());
        }
        return link;
    }

    private void make(Pair pair, Link link, List<NodeSpec> nodes) {
        for (NodeSpec node : nodes) {
            try {
                client.post(node, new EngineCall("/link", "{}"), Duration.ofSeconds(5));
            } catch (IOException e) {
                links.remove(pair, link);
                link.fail(
                        fails("link_nodeRefusesConnections_failsInBoundedTime")
                                ? new IllegalStateException(e)
                                : new LegFailedException(node.role(), node.address() + " cannot be linked", e));
            }
        }
        link.made.complete(null);
    }

    @Override
    public Optional<Use> use(NodeSpec prefill, NodeSpec decode) {
        Pair pair = new Pair(prefill.address(), decode.address());
        if (fails("use_neverLinked_isEmpty")) {
            return Optional.of(new LinkUse(pair, new Link()));
        }
        return Optional.ofNullable(links.get(pair))
                .filter(link -> link.stands() || fails("link_nodeDoesNotAnswer_returnsAtOnceAndCannotBeUsed"))
                .filter(link -> !fails("link_nodesThatFit_stands"))
                .map(link -> new LinkUse(pair, link));
    }

    @Override
    public Optional<String> mismatch(NodeSpec prefill, NodeSpec decode) {
        return Optional.empty();
    }

    @Override
    public void left(NodeSpec node, boolean alive) {
        if (fails("left_nodeRegistersAgain_isLinkedAnew")
                || (fails("left_nodeOfALinkInUse_standsNoMore") && node.role() == Role.DECODE)) {
            return;
        }
        links.forEach((pair, link) -> {
            if (pair.includes(node.address()) || fails("left_nodeOfSeveralLinks_leavesTheLinksOfOthers")) {
                end(pair, link);
                if (!fails("left_linkBeingMade_failsAndWaitsForNoNode")) {
                    link.fail(new LegFailedException(node.role(), node.address() + " has gone", null));
                }
            }
        });
    }

    private void end(Pair pair, Link link) {
        link.ended = true;
        links.remove(pair, link);
    }

    @Override
    public void close() {
        closed = true;
        links.forEach((pair, link) -> {
            end(pair, link);
            link.fail(
                    fails("close_linkBeingMade_failsAsClosed")
                            ? new LegFailedException(Role.DECODE, "closed", null)
                            : closing());
        });
        if (!fails("close_linksStoodAndBroke_leavesNoThread")) {
            threads.shutdownNow();
        }
    }

    private static RouterClosedException closing() {
        return new RouterClosedException("The router was closed.");
    }

    /** What a link is known by. */
    private record Pair(NodeAddress prefill, NodeAddress decode) {
        boolean includes(NodeAddress node) {
            return prefill.equals(node) || decode.equals(node);
        }
    }

    /** A link, from when it is asked for. */
    private static final class Link {
        private final CompletableFuture<Void> made = new CompletableFuture<>();
        private final AtomicInteger uses = new AtomicInteger();
        private volatile boolean ended;

        boolean stands() {
            return !ended && made.isDone() && !made.isCompletedExceptionally();
        }

        void fail(RuntimeException reason) {
            made.completeExceptionally(reason);
        }
    }

    /** A use of a link, which ends a link that is released more often than it is used. */
    private final class LinkUse implements Use {
        private final Pair pair;
        private final Link link;
        private final AtomicBoolean used = new AtomicBoolean(true);

        LinkUse(Pair pair, Link link) {
            this.pair = pair;
            this.link = link;
            link.uses.incrementAndGet();
        }

        @Override
        public boolean stands() {
            return link.stands();
        }

        @Override
        public void broken() {
            if (!fails("broken_linkInUse_isMadeAnewBeforeItIsUsed")) {
                end(pair, link);
            }
        }

        @Override
        public void close() {
            boolean first = used.compareAndSet(true, false) || fails("use_closedTwice_endsOnce");
            if (first && link.uses.decrementAndGet() < 0) {
                end(pair, link);
            }
        }
    }
}

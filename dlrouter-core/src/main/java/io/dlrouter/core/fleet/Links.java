package io.dlrouter.core.fleet;

import io.dlrouter.Cancellation;
import io.dlrouter.LegFailedException;
import io.dlrouter.LinkReport;
import io.dlrouter.NodeState;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.Role;
import io.dlrouter.RouterException;
import io.dlrouter.spi.NodeLinks;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The links between the nodes of a fleet, if its engines need any. Safe for use by many threads. */
public final class Links implements AutoCloseable {
    private final Optional<NodeLinks> links;

    /** Takes ownership of the links. */
    public Links(Optional<NodeLinks> links) {
        this.links = links;
    }

    /** For nodes that need no links. */
    public static Links none() {
        return new Links(Optional.empty());
    }

    /**
     * Waits until two nodes are linked, or the caller cancels.
     *
     * @throws io.dlrouter.LegFailedException if they cannot be linked; it names the failed node
     */
    public void await(LiveNode prefill, LiveNode decode, Cancellation cancellation) {
        if (links.isPresent()) {
            await(begin(prefill, decode), cancellation);
        }
    }

    /**
     * As {@link #await}, and uses the link.
     *
     * @return to be closed by the caller
     */
    public Use use(LiveNode prefill, LiveNode decode, Cancellation cancellation) {
        while (links.isPresent()) {
            await(prefill, decode, cancellation);
            Optional<NodeLinks.Use> use = links.get().use(prefill.spec(), decode.spec());
            if (use.isPresent()) {
                return used(use.get(), prefill, decode);
            }
        }
        return Use.NONE;
    }

    /** A link to a node that left during the handshake is not used. */
    private static Use used(NodeLinks.Use use, LiveNode prefill, LiveNode decode) {
        Optional<LegFailedException> departure = departure(prefill, decode);
        if (departure.isPresent()) {
            use.broken();
            use.close();
            throw departure.get();
        }
        return new Use(Optional.of(use));
    }

    private static Optional<LegFailedException> departure(LiveNode prefill, LiveNode decode) {
        return departure(Role.PREFILL, prefill).or(() -> departure(Role.DECODE, decode));
    }

    private static Optional<LegFailedException> departure(Role leg, LiveNode node) {
        return node.isGone()
                ? Optional.of(new LegFailedException(leg, "The " + node + " was removed from the node table.", null))
                : Optional.empty();
    }

    /** A link over which decode is about to fetch a cache; empty for nodes that need none. */
    public record Use(Optional<NodeLinks.Use> link) implements AutoCloseable {
        public static final Use NONE = new Use(Optional.empty());

        /**
         * Checks that the link is still established.
         *
         * @throws LinkGoneException if it is not
         */
        public void check() {
            if (link.isPresent() && !link.get().stands()) {
                throw new LinkGoneException();
            }
        }

        /** Reports a failed decode, so that the link is established anew before its next use. */
        public void broken() {
            link.ifPresent(NodeLinks.Use::broken);
        }

        @Override
        public void close() {
            link.ifPresent(NodeLinks.Use::close);
        }
    }

    /** Starts to link two nodes; completes when they are linked. */
    CompletableFuture<Void> begin(LiveNode prefill, LiveNode decode) {
        return departure(prefill, decode)
                .<CompletableFuture<Void>>map(CompletableFuture::failedFuture)
                .or(() -> links.map(made -> made.link(prefill.spec(), decode.spec())))
                .orElseGet(() -> CompletableFuture.completedFuture(null));
    }

    private static void await(CompletableFuture<Void> link, Cancellation cancellation) {
        Cancellation.Registration registration = cancellation.onCancel(
                () -> link.completeExceptionally(new RequestCancelledException("The caller cancelled the request.")));
        try {
            link.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RouterException reason ? reason : e;
        } finally {
            registration.close();
        }
    }

    /** Links all pairs of these nodes that may serve a request together, and waits. */
    public List<LinkReport> linkAll(Collection<LiveNode> nodes) {
        return links.isEmpty()
                ? List.of()
                : pairs(nodes).map(this::begun).toList().stream()
                        .map(Begun::report)
                        .toList();
    }

    private static Stream<Pair> pairs(Collection<LiveNode> nodes) {
        return ready(nodes, Role.PREFILL)
                .flatMap(prefill -> ready(nodes, Role.DECODE).map(decode -> new Pair(prefill, decode)))
                .filter(Pair::sharesAModel);
    }

    private static Stream<LiveNode> ready(Collection<LiveNode> nodes, Role role) {
        return nodes.stream().filter(node -> node.spec().role() == role && node.state() == NodeState.READY);
    }

    private Begun begun(Pair pair) {
        return new Begun(pair, begin(pair.prefill, pair.decode));
    }

    /** A prefill and a decode node. */
    private record Pair(LiveNode prefill, LiveNode decode) {
        boolean sharesAModel() {
            return prefill.models().stream().anyMatch(card -> decode.serves(card.id()));
        }
    }

    /** A handshake in progress. */
    private record Begun(Pair pair, CompletableFuture<Void> link) {
        LinkReport report() {
            return new LinkReport(
                    pair.prefill.spec().address(),
                    pair.decode.spec().address(),
                    link.handle((made, failure) -> Optional.ofNullable(failure).map(Begun::reason))
                            .join());
        }

        private static String reason(Throwable failure) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            return String.valueOf(cause.getMessage());
        }
    }

    /** Why two nodes cannot be linked in their current incarnations; empty if unknown. */
    public Optional<String> mismatch(LiveNode prefill, LiveNode decode) {
        return links.flatMap(made -> made.mismatch(prefill.spec(), decode.spec()));
    }

    /** The prefill nodes among these that cannot be linked with a decode node in their current incarnations. */
    public Set<LiveNode> unfit(Collection<LiveNode> prefills, LiveNode decode) {
        return links.isEmpty()
                ? Set.of()
                : prefills.stream()
                        .filter(prefill -> mismatch(prefill, decode).isPresent())
                        .collect(Collectors.toSet());
    }

    /** A node was removed, or is another incarnation. */
    void left(LiveNode node, boolean alive) {
        links.ifPresent(made -> made.left(node.spec(), alive));
    }

    @Override
    public void close() {
        links.ifPresent(NodeLinks::close);
    }
}

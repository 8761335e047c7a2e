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

/** The links between the nodes of a fleet, where its engines need any. Safe for use by many threads. */
public final class Links implements AutoCloseable {
    private final Optional<NodeLinks> links;

    /** Takes the links over. */
    public Links(Optional<NodeLinks> links) {
        this.links = links;
    }

    /** Links of nodes that need none. */
    public static Links none() {
        return new Links(Optional.empty());
    }

    /**
     * Waits until two nodes are linked, or the caller gives up.
     *
     * @throws io.dlrouter.LegFailedException if they cannot be; it names the node at fault
     */
    public void await(LiveNode prefill, LiveNode decode, Cancellation cancellation) {
        if (links.isPresent()) {
            await(begin(prefill, decode), cancellation);
        }
    }

    /**
     * As {@link #await}, and takes the link into use.
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

    /** A link that was made with a node as it went is nobody's to use. */
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

    /** A link that decode is about to fetch a cache by; nothing where nodes need none. */
    public record Use(Optional<NodeLinks.Use> link) implements AutoCloseable {
        public static final Use NONE = new Use(Optional.empty());

        /**
         * Checks that the link still stands.
         *
         * @throws LinkGoneException if it does not stand any more
         */
        public void check() {
            if (link.isPresent() && !link.get().stands()) {
                throw new LinkGoneException();
            }
        }

        /** Decode failed over it, so it is made anew before it is next used. */
        public void broken() {
            link.ifPresent(NodeLinks.Use::broken);
        }

        @Override
        public void close() {
            link.ifPresent(NodeLinks.Use::close);
        }
    }

    /** Begins to link two nodes; done when they are. */
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

    /** Links all pairs among these nodes that may serve a request together, and waits for it. */
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

    /** A link that is being made. */
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

    /** Why two nodes can never be linked as both are now; empty if that is not known. */
    public Optional<String> mismatch(LiveNode prefill, LiveNode decode) {
        return links.flatMap(made -> made.mismatch(prefill.spec(), decode.spec()));
    }

    /** Those of these prefill nodes that can never be linked with a decode node as both are now. */
    public Set<LiveNode> unfit(Collection<LiveNode> prefills, LiveNode decode) {
        return links.isEmpty()
                ? Set.of()
                : prefills.stream()
                        .filter(prefill -> mismatch(prefill, decode).isPresent())
                        .collect(Collectors.toSet());
    }

    /** A node is gone, or is another incarnation of what it was. */
    void left(LiveNode node, boolean alive) {
        links.ifPresent(made -> made.left(node.spec(), alive));
    }

    @Override
    public void close() {
        links.ifPresent(NodeLinks::close);
    }
}

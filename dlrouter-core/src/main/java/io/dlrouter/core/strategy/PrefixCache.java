package io.dlrouter.core.strategy;

import io.dlrouter.Role;
import io.dlrouter.core.strategy.PrefixIndex.Holder;
import io.dlrouter.core.strategy.PrefixIndex.Taken;
import io.dlrouter.spi.Node;
import io.dlrouter.spi.Prompt;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.spi.SelectionObserver;
import io.dlrouter.spi.Usage;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

/**
 * Selects the node with the shortest estimated time to first token: its queued prompt tokens, the tokens of this prompt
 * that its KV cache does not hold, and a constant for each response that it is generating, divided by its speed. Ties are
 * broken at random.
 *
 * <p>The contents of KV caches are learned from the selections: a node that was sent a prompt holds it until it is evicted
 * as the least recently used one. If a node reports fewer cached tokens than assumed, it loses what it must have evicted
 * by the same rule; after a restart it holds nothing. Lengths are in tokens, by the bytes for a token that nodes have
 * reported so far.
 */
public final class PrefixCache implements RoutingStrategy {
    /**
     * The weight of a response that a node is generating, in prompt tokens: more than it delays a first token, so that
     * an empty and idle node gets requests although others hold all prompts.
     */
    private static final int TOKENS_PER_ANSWER = 128;

    /** The most blocks of all nodes together: at most 200 MB. */
    private static final int MAX_BLOCKS = 2_000_000;

    private final CacheSize cacheSize;
    private final RandomGenerator random;
    private final PrefixIndex index = new PrefixIndex();
    private final TokenRatio ratio = new TokenRatio();
    private final Map<Node, Member> members = new HashMap<>();
    /** Observations of requests, queued by threads that do not hold the pool's lock. */
    private final Queue<Runnable> recorded = new ConcurrentLinkedQueue<>();

    /**
     * A strategy for one pool.
     *
     * @param cacheSize of the nodes
     * @param random breaks ties
     */
    PrefixCache(CacheSize cacheSize, RandomGenerator random) {
        this.cacheSize = cacheSize;
        this.random = random;
    }

    /** A node, its assumed blocks, and its queue. */
    private static final class Member {
        final Node node;
        final Holder holder = new Holder();
        final Backlog backlog = new Backlog();
        int incarnation;
        /** Consecutive responses without cached tokens that should have had some. */
        int blanks;

        Member(Node node) {
            this.node = node;
            this.incarnation = node.incarnation();
        }

        boolean isStartedAnew() {
            return incarnation != node.incarnation();
        }
    }

    @Override
    public Selector selectorFor(List<? extends Node> nodes) {
        Set<Node> here = new HashSet<>(nodes);
        members.values().removeIf(member -> !here.contains(member.node) && hasGone(member));
        return new Estimates(nodes, new Speeds(nodes), new Cheapest(nodes, random));
    }

    /** A node outside this membership may be in another subset, or return with its cache. */
    private boolean hasGone(Member member) {
        if (!member.isStartedAnew() || !member.backlog.isEmpty()) {
            return false;
        }
        index.forget(member.holder);
        return true;
    }

    /** The state of a node; empty after a restart of its engine. */
    private Member member(Node node) {
        Member member = members.computeIfAbsent(node, Member::new);
        if (member.isStartedAnew()) {
            member.incarnation = node.incarnation();
            index.forget(member.holder);
        }
        return member;
    }

    /** Applies queued observations, and matches a prompt to all nodes. */
    private void match(Prompt prompt) {
        for (Runnable change = recorded.poll(); change != null; change = recorded.poll()) {
            change.run();
        }
        index.match(prompt);
    }

    /** The tokens of a prompt that a node does not hold; at least one, so that each request counts. */
    private double uncached(Member member, Prompt prompt) {
        return Math.max(1, ratio.tokens(prompt) - matched(member, prompt));
    }

    private double matched(Member member, Prompt prompt) {
        return Math.min(ratio.tokens(prompt), index.matchedBlocks(member.holder) * ratio.blockTokens(prompt));
    }

    @Override
    public SelectionObserver observer(RoutingContext context, Node node) {
        Member member = member(node);
        Prompt prompt = context.prompt();
        match(prompt);
        Backlog.Reading reading = member.backlog.begin(uncached(member, prompt), context.nanoTime());
        Taken taken = index.take(member.holder, prompt, capacity(node, prompt));
        return new Stay(member, prompt, context.role(), taken, reading);
    }

    /** The capacity of a node in blocks, rounded up: forgetting too early costs more than too late. */
    private int capacity(Node node, Prompt prompt) {
        double blocks = Math.ceil(cacheSize.tokens(node) / ratio.blockTokens(prompt));
        return (int) Math.min(blocks, Math.ceil((double) MAX_BLOCKS / members.size()));
    }

    /** The estimates for the nodes of a membership. */
    private final class Estimates implements Selector {
        private final List<? extends Node> nodes;
        private final Member[] known;
        private final Speeds speeds;
        private final Cheapest cheapest;

        Estimates(List<? extends Node> nodes, Speeds speeds, Cheapest cheapest) {
            this.nodes = nodes;
            this.known = new Member[nodes.size()];
            this.speeds = speeds;
            this.cheapest = cheapest;
        }

        /** Reads and hashes the prompt. */
        @Override
        public void prepare(RoutingContext context) {
            context.prompt();
        }

        @Override
        public Node select(RoutingContext context) {
            Prompt prompt = context.prompt();
            long now = context.nanoTime();
            Arrays.setAll(known, i -> member(nodes.get(i)));
            match(prompt);
            return cheapest.by(i -> estimate(known[i], prompt, now) / speeds.of(i));
        }

        private double estimate(Member member, Prompt prompt, long now) {
            return member.backlog.tokens(now)
                    + uncached(member, prompt)
                    + TOKENS_PER_ANSWER * member.backlog.responding();
        }

        @Override
        public Map<String, Double> explain(RoutingContext context, Node node) {
            Prompt prompt = context.prompt();
            long now = context.nanoTime();
            Member member = member(node);
            match(prompt);
            return Map.of(
                    "prompt_tokens", ratio.tokens(prompt),
                    "matched_tokens", matched(member, prompt),
                    "queued_tokens", member.backlog.tokens(now),
                    "answering", (double) member.backlog.responding(),
                    "estimate", estimate(member, prompt, now) / speeds.of(nodes.indexOf(node)));
        }
    }

    /** A request on a node. */
    private final class Stay implements SelectionObserver {
        private final Member member;
        private final Prompt prompt;
        private final Role role;
        private final Taken taken;
        private final Backlog.Reading reading;
        private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.READING);

        Stay(Member member, Prompt prompt, Role role, Taken taken, Backlog.Reading reading) {
            this.member = member;
            this.prompt = prompt;
            this.role = role;
            this.taken = taken;
            this.reading = reading;
        }

        @Override
        public void firstByte(long nanoTime) {
            if (stage.compareAndSet(Stage.READING, Stage.RESPONDING)) {
                member.backlog.read(reading, nanoTime);
                recorded.add(() -> index.read(taken));
            }
        }

        /** A decode node reports the tokens that it fetched from prefill as cached. */
        @Override
        public void counted(Usage usage) {
            recorded.add(() -> ratio.learn(prompt, usage.promptTokens()));
            if (role != Role.DECODE) {
                usage.cachedTokens().ifPresent(cached -> recorded.add(() -> correct(cached, usage.promptTokens())));
            }
        }

        /** Zero cached tokens count the second time: for some requests no engine uses its cache. */
        private void correct(long cachedTokens, long promptTokens) {
            if (cachedTokens > 0) {
                member.blanks = 0;
            }
            if (cachedTokens >= believed(promptTokens)) {
                return;
            }
            if (cachedTokens > 0) {
                index.forget(member.holder, taken.lastUsed());
            } else if (++member.blanks > 1) {
                index.forget(member.holder, taken.firstUsed());
            }
        }

        /**
         * The tokens that the node should have cached: all that it had computed, except the last block. By their share
         * of the prompt's bytes, and half of that, because tokens differ in length.
         */
        private double believed(long promptTokens) {
            double share = (taken.read() - 1.0) * prompt.blockLength() / Math.max(1, prompt.length());
            return promptTokens * (prompt.unit() == Prompt.Unit.TOKENS ? share : share / 2);
        }

        @Override
        public void ended(long nanoTime) {
            Stage before = stage.getAndSet(Stage.ENDED);
            if (before == Stage.RESPONDING) {
                member.backlog.responded();
            } else if (before == Stage.READING) {
                member.backlog.leave(reading, nanoTime);
                recorded.add(() -> index.release(taken));
            }
        }
    }

    private enum Stage {
        READING,
        RESPONDING,
        ENDED
    }

    /** Creates the strategy {@code prefix_cache}. */
    public static final class Provider implements RoutingStrategy.Provider {
        /** For {@link java.util.ServiceLoader}. */
        public Provider() {}

        @Override
        public String name() {
            return "prefix_cache";
        }

        /**
         * A strategy for one pool.
         *
         * @param options {@code prefix_cache_tokens} sets the size of KV caches, which takes precedence over the report
         *     of engines
         */
        @Override
        public RoutingStrategy create(Map<String, String> options) {
            return new PrefixCache(CacheSize.of(options), RandomSeed.generator(options));
        }
    }
}

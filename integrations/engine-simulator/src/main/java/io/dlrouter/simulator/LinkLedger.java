package io.dlrouter.simulator;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** The books of an LMDeploy engine about its links, each known by the URL of the other side. Safe for use by any thread. */
final class LinkLedger {
    private final Monitor monitor = new Monitor();
    private final Map<String, Link> links = new HashMap<>();
    private final Set<String> lost = new HashSet<>();
    private long unusedInfos;
    private long infos;
    private long initialized;
    private long connected;
    private long dropped;

    void toldInfo() {
        monitor.change(() -> {
            infos++;
            unusedInfos++;
        });
    }

    /** Uses up one of the responses that told of this engine; false when all are. */
    boolean useInfo() {
        return monitor.changing(() -> unusedInfos > 0 && unusedInfos-- > 0);
    }

    Optional<Link> with(String peer) {
        return monitor.read(() -> Optional.ofNullable(links.get(peer)));
    }

    /** Whether the link with that peer went with the life of this engine before, and was not made anew. */
    boolean lost(String peer) {
        return monitor.read(() -> lost.contains(peer));
    }

    void initialize(String peer, Link link) {
        monitor.change(() -> {
            links.put(peer, link);
            lost.remove(peer);
            initialized++;
        });
    }

    void connect(String peer) {
        monitor.change(() -> {
            links.computeIfPresent(peer, (url, link) -> link.connectedNow());
            connected++;
        });
    }

    void confirm(String peer) {
        monitor.change(() -> links.computeIfPresent(peer, (url, link) -> link.confirmedNow()));
    }

    void drop(String peer) {
        monitor.change(() -> dropped += links.remove(peer) == null ? 0 : 1);
    }

    /** Begins a new life, in which there are no links. */
    void restart() {
        monitor.change(() -> {
            lost.addAll(links.keySet());
            links.clear();
            unusedInfos = 0;
        });
    }

    LinkCounts counts() {
        return monitor.read(this::current);
    }

    /** Waits until the books are so; false when they were not in time. */
    boolean await(Predicate<LinkCounts> state, Duration timeout) {
        return monitor.await(() -> state.test(current()), timeout);
    }

    private LinkCounts current() {
        long standing = links.values().stream().filter(Link::connected).count();
        return new LinkCounts(standing, infos, initialized, connected, dropped);
    }
}

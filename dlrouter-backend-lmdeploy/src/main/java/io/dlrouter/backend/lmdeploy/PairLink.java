package io.dlrouter.backend.lmdeploy;

import io.dlrouter.LegFailedException;
import io.dlrouter.Role;
import io.dlrouter.RouterException;
import io.dlrouter.spi.NodeLinks;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One link between two engines, from when it is first asked for. It is over once: it stands, or has failed, and what a
 * handshake comes to after that is void. A link that failed is made no more; another takes its place. Safe for use by
 * many threads.
 */
final class PairLink {
    private final Engine prefill;
    private final Engine decode;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final AtomicInteger uses = new AtomicInteger();
    private final CompletableFuture<Void> unused = new CompletableFuture<>();
    private final AtomicBoolean claimed = new AtomicBoolean();
    private volatile boolean begun;
    private volatile boolean gone;
    private volatile @Nullable String mismatch;
    private volatile @Nullable LegFailedException lastFailure;

    PairLink(Engine prefill, Engine decode) {
        this.prefill = prefill;
        this.decode = decode;
    }

    Engine prefill() {
        return prefill;
    }

    Engine decode() {
        return decode;
    }

    /** The other side. */
    Engine peerOf(Engine engine) {
        return engine.role() == Role.PREFILL ? decode : prefill;
    }

    Set<String> engineIds() {
        return Set.of(prefill.id(), decode.id());
    }

    /** What becomes of it, for one who waits. */
    CompletableFuture<Void> outcome() {
        return done.copy();
    }

    boolean isOver() {
        return done.isDone();
    }

    boolean stands() {
        return !gone && done.isDone() && !done.isCompletedExceptionally();
    }

    /**
     * Takes it into use; empty if it does not stand.
     *
     * @param onBroken is run if the use finds it broken
     */
    Optional<NodeLinks.Use> use(Runnable onBroken) {
        uses.incrementAndGet();
        NodeLinks.Use use = new LinkUse(this, onBroken);
        if (stands()) {
            return Optional.of(use);
        }
        use.close();
        return Optional.empty();
    }

    void unuse() {
        if (uses.decrementAndGet() == 0 && gone) {
            unused.complete(null);
        }
    }

    /** Whether the caller is the one who is to {@link #end} it. */
    boolean claimEnd() {
        return claimed.compareAndSet(false, true);
    }

    /** It does not stand from now on. */
    void end() {
        gone = true;
        if (uses.get() == 0) {
            unused.complete(null);
        }
    }

    /** Done when it has ended and its last use has. */
    CompletableFuture<Void> unused() {
        return unused.copy();
    }

    /** Whether another is to be tried in its place. */
    boolean isSpent() {
        return gone || (done.isCompletedExceptionally() && mismatch == null);
    }

    /** Why it can never stand, if that is so. */
    Optional<String> mismatch() {
        return Optional.ofNullable(mismatch);
    }

    /** Whether an engine may know of it. */
    boolean hasBegun() {
        return begun;
    }

    /** The engines are about to be told. */
    void begin() {
        begun = true;
    }

    /** The failure of the latest attempt. */
    Optional<LegFailedException> lastFailure() {
        return Optional.ofNullable(lastFailure);
    }

    void attemptFailed(LegFailedException failure) {
        lastFailure = failure;
    }

    /** Ends it well. Returns whether it stands now; false if it was over before. */
    boolean succeed() {
        return done.complete(null);
    }

    /**
     * The engines do not fit, and so no other is tried in its place.
     *
     * @return whether it has failed by this; false if it was over before
     */
    boolean refuse(String reason) {
        mismatch = reason;
        return done.completeExceptionally(
                new LegFailedException(Role.DECODE, this + " cannot be linked: " + reason, null));
    }

    /** Ends it badly. Returns whether it has failed by this; false if it was over before. */
    boolean fail(RouterException reason) {
        return done.completeExceptionally(reason);
    }

    /** The pair as a message begins with it. */
    @Override
    public String toString() {
        return "The " + prefill + " and the " + decode;
    }
}

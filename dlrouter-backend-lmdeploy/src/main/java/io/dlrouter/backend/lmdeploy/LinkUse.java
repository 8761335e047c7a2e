package io.dlrouter.backend.lmdeploy;

import io.dlrouter.spi.NodeLinks;
import java.util.concurrent.atomic.AtomicBoolean;

/** One use of a link. Safe for use by many threads. */
final class LinkUse implements NodeLinks.Use {
    private final PairLink link;
    private final Runnable onBroken;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** A use that has been counted. */
    LinkUse(PairLink link, Runnable onBroken) {
        this.link = link;
        this.onBroken = onBroken;
    }

    @Override
    public boolean stands() {
        return link.stands();
    }

    @Override
    public void broken() {
        onBroken.run();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            link.unuse();
        }
    }
}

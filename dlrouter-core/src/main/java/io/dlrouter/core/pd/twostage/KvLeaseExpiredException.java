package io.dlrouter.core.pd.twostage;

/** Decode has not begun while the prefill node surely held the KV cache. The cache is of no use any more. */
public final class KvLeaseExpiredException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    KvLeaseExpiredException() {
        super("the KV lease is over", null, false, false);
    }
}

package io.dlrouter.core.pd.twostage;

/** Decode has not begun while the prefill node certainly held the KV cache, which is now unusable. */
public final class KvLeaseExpiredException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    KvLeaseExpiredException() {
        super("the KV lease is over", null, false, false);
    }
}

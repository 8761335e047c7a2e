package io.dlrouter.core.json;

/** Text that is not JSON. Says where, and never what stands there: that may be a prompt. */
public final class MalformedJsonException extends RuntimeException {
    MalformedJsonException(String reason, int place) {
        super(reason + " (at byte " + place + ")", null, false, false);
    }
}

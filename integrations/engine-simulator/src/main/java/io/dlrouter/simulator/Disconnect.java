package io.dlrouter.simulator;

import java.time.Instant;

/**
 * A client that left before its response was complete.
 *
 * @param request what it had asked
 * @param noticed when the engine saw the end of the connection
 * @param eventsSent body pieces written until then: events of a stream, 0 or 1 of a plain response
 */
public record Disconnect(RecordedRequest request, Instant noticed, int eventsSent) {}

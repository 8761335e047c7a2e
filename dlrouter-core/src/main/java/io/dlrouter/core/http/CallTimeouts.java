package io.dlrouter.core.http;

import java.time.Duration;

/**
 * The time limits of calls.
 *
 * @param connect until a node accepts a connection
 * @param firstByte until the first byte of a stream
 * @param whole until the end of a plain response
 * @param streamIdle between two ends of lines of a stream
 */
public record CallTimeouts(Duration connect, Duration firstByte, Duration whole, Duration streamIdle) {}

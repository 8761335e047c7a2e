package io.dlrouter.core.http;

import java.time.Duration;

/**
 * How long a node may take.
 *
 * @param connect to accept a connection
 * @param firstByte to give the first byte of a stream
 * @param whole to give a plain response
 * @param streamIdle between the ends of two lines of a stream
 */
public record CallTimeouts(Duration connect, Duration firstByte, Duration whole, Duration streamIdle) {}

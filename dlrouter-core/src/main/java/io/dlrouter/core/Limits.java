package io.dlrouter.core;

import java.time.Duration;

/**
 * How long a node may take.
 *
 * @param connect to accept a connection
 * @param request to give a plain answer as a whole, or the first byte of a stream
 * @param streamIdle between two reads of a stream
 */
record Limits(Duration connect, Duration request, Duration streamIdle) {}

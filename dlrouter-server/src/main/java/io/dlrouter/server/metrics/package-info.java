/** The metrics of the gateway, for Prometheus. */
@NullMarked
package io.dlrouter.server.metrics;

import org.jspecify.annotations.NullMarked;

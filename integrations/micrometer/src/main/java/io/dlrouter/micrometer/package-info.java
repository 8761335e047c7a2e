/** Metrics of a router for Micrometer. */
@NullMarked
package io.dlrouter.micrometer;

import org.jspecify.annotations.NullMarked;

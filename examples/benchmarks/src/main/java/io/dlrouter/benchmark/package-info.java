/** Runs that show how the gateway as a whole fares. */
@NullMarked
package io.dlrouter.benchmark;

import org.jspecify.annotations.NullMarked;

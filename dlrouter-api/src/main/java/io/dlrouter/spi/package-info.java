/** For those who extend DLRouter: routing strategies and backends, found by {@link java.util.ServiceLoader}. */
@NullMarked
package io.dlrouter.spi;

import org.jspecify.annotations.NullMarked;

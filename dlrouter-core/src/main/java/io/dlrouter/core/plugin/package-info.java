/** What others wrote, strategies and backends and listeners: how it is found, and which of its faults are endured. */
@NullMarked
package io.dlrouter.core.plugin;

import org.jspecify.annotations.NullMarked;

/** Plug-ins: finding strategies, backends and listeners, and handling their exceptions. */
@NullMarked
package io.dlrouter.core.plugin;

import org.jspecify.annotations.NullMarked;

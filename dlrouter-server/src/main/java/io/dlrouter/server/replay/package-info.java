/** The command {@code dlrouter replay}. */
@NullMarked
package io.dlrouter.server.replay;

import org.jspecify.annotations.NullMarked;

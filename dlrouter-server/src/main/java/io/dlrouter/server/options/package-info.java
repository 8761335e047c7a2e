/** The options of the gateway, from the command line and the environment. */
@NullMarked
package io.dlrouter.server.options;

import org.jspecify.annotations.NullMarked;

/** The gateway: a router behind HTTP, with a command line. */
@NullMarked
package io.dlrouter.server;

import org.jspecify.annotations.NullMarked;

/** The inference routes, served on Jetty. */
@NullMarked
package io.dlrouter.server.inference;

import org.jspecify.annotations.NullMarked;

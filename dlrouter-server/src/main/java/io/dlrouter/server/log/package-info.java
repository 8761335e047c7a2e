/** The logs of the gateway: its access log, and the configuration of Logback. */
@NullMarked
package io.dlrouter.server.log;

import org.jspecify.annotations.NullMarked;

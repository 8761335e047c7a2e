/** HTTP/1.1 to engines: calls, connections, timeouts, heads and bodies. Knows nothing of the fleet. */
@NullMarked
package io.dlrouter.core.http;

import org.jspecify.annotations.NullMarked;

/** HTTP/1.1 to engines: calls, connections, time limits, heads and bodies. Independent of the fleet. */
@NullMarked
package io.dlrouter.core.http;

import org.jspecify.annotations.NullMarked;

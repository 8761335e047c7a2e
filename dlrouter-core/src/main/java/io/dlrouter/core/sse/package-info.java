/** Reading and writing streams of server-sent events (HTML standard, 9.2). */
@NullMarked
package io.dlrouter.core.sse;

import org.jspecify.annotations.NullMarked;

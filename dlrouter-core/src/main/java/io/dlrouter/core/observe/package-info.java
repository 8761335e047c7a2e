/** Events of requests and attempts for listeners, and results of attempts. */
@NullMarked
package io.dlrouter.core.observe;

import org.jspecify.annotations.NullMarked;

/** What listeners are told of requests and attempts, and how an attempt ended. */
@NullMarked
package io.dlrouter.core.observe;

import org.jspecify.annotations.NullMarked;

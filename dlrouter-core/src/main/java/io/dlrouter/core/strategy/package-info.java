/** The routing strategies that come with the router. */
@NullMarked
package io.dlrouter.core.strategy;

import org.jspecify.annotations.NullMarked;

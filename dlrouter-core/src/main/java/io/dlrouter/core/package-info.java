/** The router itself. Only {@link io.dlrouter.core.RouterBuilder} is for those outside. */
@NullMarked
package io.dlrouter.core;

import org.jspecify.annotations.NullMarked;

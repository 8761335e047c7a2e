/** The router. Applications use {@link io.dlrouter.core.RouterBuilder} only. */
@NullMarked
package io.dlrouter.core;

import org.jspecify.annotations.NullMarked;

/** The bundled routing strategies. */
@NullMarked
package io.dlrouter.core.strategy;

import org.jspecify.annotations.NullMarked;

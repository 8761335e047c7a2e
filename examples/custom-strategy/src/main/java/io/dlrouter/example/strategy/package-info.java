/** A strategy of one's own, as a plug-in. */
@NullMarked
package io.dlrouter.example.strategy;

import org.jspecify.annotations.NullMarked;

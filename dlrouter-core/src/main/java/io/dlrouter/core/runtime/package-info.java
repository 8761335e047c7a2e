/** Time and threads. */
@NullMarked
package io.dlrouter.core.runtime;

import org.jspecify.annotations.NullMarked;

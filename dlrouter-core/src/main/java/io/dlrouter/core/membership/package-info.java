/** Which nodes there are: registration, the file that keeps them, health probes. */
@NullMarked
package io.dlrouter.core.membership;

import org.jspecify.annotations.NullMarked;

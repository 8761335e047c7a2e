/** What strategies would have made of the requests of a trace, on a virtual clock. */
@NullMarked
package io.dlrouter.core.replay;

import org.jspecify.annotations.NullMarked;

/** What strategies would have made of the requests of a trace, on a virtual clock. */
@NullMarked
package io.dlrouter.replay;

import org.jspecify.annotations.NullMarked;

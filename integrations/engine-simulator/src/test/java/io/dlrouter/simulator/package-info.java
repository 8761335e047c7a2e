/** Tests of the simulator, over real sockets. */
@NullMarked
package io.dlrouter.simulator;

import org.jspecify.annotations.NullMarked;

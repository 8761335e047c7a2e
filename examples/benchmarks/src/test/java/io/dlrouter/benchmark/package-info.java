/** Short forms of the runs. */
@NullMarked
package io.dlrouter.benchmark;

import org.jspecify.annotations.NullMarked;

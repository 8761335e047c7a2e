/** The nodes, their health and their load: node selection, leases, the admission queue, the retry budget, links. */
@NullMarked
package io.dlrouter.core.fleet;

import org.jspecify.annotations.NullMarked;

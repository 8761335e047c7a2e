/** The path of a request to one node, and of its response back. */
@NullMarked
package io.dlrouter.core.serve;

import org.jspecify.annotations.NullMarked;

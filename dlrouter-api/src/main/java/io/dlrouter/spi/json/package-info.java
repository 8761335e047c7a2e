/** Reading JSON in its bytes, and quoting strings for it: for backends, and for the router itself. */
@NullMarked
package io.dlrouter.spi.json;

import org.jspecify.annotations.NullMarked;

/** Reading and editing JSON in its bytes. */
@NullMarked
package io.dlrouter.core.json;

import org.jspecify.annotations.NullMarked;

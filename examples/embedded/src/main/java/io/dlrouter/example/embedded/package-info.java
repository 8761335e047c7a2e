/** The README's first example. */
@NullMarked
package io.dlrouter.example.embedded;

import org.jspecify.annotations.NullMarked;

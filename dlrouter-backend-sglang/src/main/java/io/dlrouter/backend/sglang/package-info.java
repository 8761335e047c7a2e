/** What is particular to SGLang. */
@NullMarked
package io.dlrouter.backend.sglang;

import org.jspecify.annotations.NullMarked;

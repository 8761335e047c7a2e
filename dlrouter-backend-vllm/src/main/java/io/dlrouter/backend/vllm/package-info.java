/** What is particular to vLLM. */
@NullMarked
package io.dlrouter.backend.vllm;

import org.jspecify.annotations.NullMarked;

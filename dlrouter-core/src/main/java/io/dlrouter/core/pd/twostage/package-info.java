/** Prefill/Decode with the prefill leg first (vLLM, LMDeploy): the legs, the KV cache between them, and its release. */
@NullMarked
package io.dlrouter.core.pd.twostage;

import org.jspecify.annotations.NullMarked;

/**
 * Prefill/Decode with the prefill leg first (vLLM, LMDeploy): the legs, the lease of the KV cache between them, its
 * release.
 */
@NullMarked
package io.dlrouter.core.pd.twostage;

import org.jspecify.annotations.NullMarked;

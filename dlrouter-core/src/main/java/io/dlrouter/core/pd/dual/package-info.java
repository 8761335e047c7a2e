/**
 * Prefill/Decode with both legs sent at once (SGLang): an attempt with a pair of nodes, its legs, and the samples of
 * a request.
 */
@NullMarked
package io.dlrouter.core.pd.dual;

import org.jspecify.annotations.NullMarked;

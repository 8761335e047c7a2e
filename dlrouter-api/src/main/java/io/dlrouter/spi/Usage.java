package io.dlrouter.spi;

import java.util.OptionalLong;

/**
 * The {@code usage} that a node reported for a request.
 *
 * @param promptTokens tokens of the prompt
 * @param cachedTokens prompt tokens that were in its KV cache ({@code prompt_tokens_details.cached_tokens}); empty if
 *     not reported
 * @param completionTokens tokens of the response; empty if not reported
 */
public record Usage(long promptTokens, OptionalLong cachedTokens, OptionalLong completionTokens) {}

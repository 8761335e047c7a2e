package io.dlrouter.spi;

import java.util.OptionalLong;

/**
 * What a node counted of a request, by the {@code usage} member of its answer.
 *
 * @param promptTokens the tokens of the prompt
 * @param cachedTokens those of them that it had in its KV cache already ({@code prompt_tokens_details.cached_tokens});
 *     empty if it does not say
 * @param completionTokens the tokens of the answer; empty if it does not say
 */
public record Usage(long promptTokens, OptionalLong cachedTokens, OptionalLong completionTokens) {}

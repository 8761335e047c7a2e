package io.dlrouter.core.strategy;

import io.dlrouter.spi.Prompt;

/** The bytes of text in a token of the model, as nodes report. Used under the lock of a pool. */
final class TokenRatio {
    /** The ratio of English text with common vocabularies. */
    private static final double USUAL = 4;

    private static final double LEAST = 1;
    private static final double MOST = 8;

    /** The weight of earlier observations with each prompt. */
    private static final double KEPT = 0.98;

    private double bytes;
    private double tokens;

    void learn(Prompt prompt, long countedTokens) {
        if (prompt.unit() == Prompt.Unit.BYTES && prompt.length() > 0 && countedTokens > 0) {
            bytes = KEPT * bytes + prompt.length();
            tokens = KEPT * tokens
                    + Math.min(prompt.length() / LEAST, Math.max(prompt.length() / MOST, (double) countedTokens));
        }
    }

    double bytesPerToken() {
        return tokens == 0 ? USUAL : bytes / tokens;
    }

    /** The tokens of a prompt. */
    double tokens(Prompt prompt) {
        return prompt.length() / unitsPerToken(prompt);
    }

    /** The tokens of each block of a prompt. */
    double blockTokens(Prompt prompt) {
        return prompt.blockLength() / unitsPerToken(prompt);
    }

    private double unitsPerToken(Prompt prompt) {
        return prompt.unit() == Prompt.Unit.TOKENS ? 1 : bytesPerToken();
    }
}

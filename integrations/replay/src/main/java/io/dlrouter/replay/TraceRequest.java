package io.dlrouter.replay;

import io.dlrouter.spi.Prompt;

/**
 * A request of a trace.
 *
 * @param nanoTime when it came, from the beginning of the trace on
 * @param promptTokens how many tokens the prompt has for the engine, whatever it is measured in
 * @param outputTokens how many tokens its response had
 */
record TraceRequest(long nanoTime, Prompt prompt, int promptTokens, int outputTokens)
        implements Comparable<TraceRequest> {

    TraceRequest at(long newNanoTime) {
        return new TraceRequest(newNanoTime, prompt, promptTokens, outputTokens);
    }

    TraceRequest withPrompt(Prompt newPrompt) {
        return new TraceRequest(nanoTime, newPrompt, promptTokens, outputTokens);
    }

    /** How many tokens some units of the prompt are. */
    double tokens(double units) {
        return prompt.length() == 0 ? 0 : units * promptTokens / prompt.length();
    }

    @Override
    public int compareTo(TraceRequest other) {
        return Long.compare(nanoTime, other.nanoTime);
    }
}

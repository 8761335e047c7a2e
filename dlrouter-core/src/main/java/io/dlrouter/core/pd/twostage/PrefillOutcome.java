package io.dlrouter.core.pd.twostage;

import io.dlrouter.InferenceResponse;

/** The outcome of a prefill leg: a prompt to decode, or a response that refuses the request. */
sealed interface PrefillOutcome permits PrefillResult, PrefillOutcome.Refusal {

    /** Prefill's response that the request is invalid, to be passed to the client. */
    record Refusal(InferenceResponse response) implements PrefillOutcome {}
}

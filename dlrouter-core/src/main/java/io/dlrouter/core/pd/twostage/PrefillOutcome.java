package io.dlrouter.core.pd.twostage;

import io.dlrouter.InferenceResponse;

/** The result of a prefill leg: a prompt to decode, or a client error. */
sealed interface PrefillOutcome permits PrefillResult, PrefillOutcome.Refusal {

    /** Prefill's response that the request is invalid, to be passed to the client. */
    record Refusal(InferenceResponse response) implements PrefillOutcome {}
}

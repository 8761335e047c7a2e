package io.dlrouter.spi;

import io.dlrouter.NodeSpec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A request that has ended, as its client saw it. Contains neither prompt nor response. Immutable. */
public final class RoutedRequest {
    private final String requestId;
    private final Optional<String> client;
    private final String route;
    private final Optional<String> model;
    private final List<Attempt> attempts;
    private final Optional<NodeSpec> servedBy;
    private final OptionalInt status;
    private final Outcome outcome;
    private final Optional<String> error;
    private final Duration waited;
    private final Optional<Duration> firstByte;
    private final Duration whole;
    private final Optional<Prompt> prompt;
    private final Optional<Usage> usage;
    private final long bytes;

    private RoutedRequest(Builder values) {
        this.requestId = values.requestId;
        this.client = values.client;
        this.route = values.route;
        this.model = values.model;
        this.attempts = List.copyOf(values.attempts);
        this.servedBy = values.servedBy;
        this.status = values.status;
        this.outcome = values.outcome;
        this.error = values.error;
        this.waited = values.waited;
        this.firstByte = values.firstByte;
        this.whole = values.whole;
        this.prompt = values.prompt;
        this.usage = values.usage;
        this.bytes = values.bytes;
    }

    /** A builder with empty or zero values, and the outcome {@link Outcome#COMPLETED}. */
    public static Builder builder() {
        return new Builder();
    }

    /** As in {@link RoutingContext#requestId()}. */
    public String requestId() {
        return requestId;
    }

    /** The name of the client, see {@link io.dlrouter.InferenceRequest#withClient}. */
    public Optional<String> client() {
        return client;
    }

    /** The path without a query; the id of a stored response in it is {@code {id}}. */
    public String route() {
        return route;
    }

    /** The model; empty if the request ended before it was known, or if no node serves it. */
    public Optional<String> model() {
        return model;
    }

    /** The attempts, in the order of their leases. */
    public List<Attempt> attempts() {
        return attempts;
    }

    /** The node that served the response. */
    public Optional<NodeSpec> servedBy() {
        return servedBy;
    }

    /** The status of the response; empty if the client disconnected before. */
    public OptionalInt status() {
        return status;
    }

    /** The result. */
    public Outcome outcome() {
        return outcome;
    }

    /** The {@link io.dlrouter.RouterException#code()} if the request ended with an error of the router. */
    public Optional<String> error() {
        return error;
    }

    /** The time in the admission queue, in total. */
    public Duration waited() {
        return waited;
    }

    /** The time from the request to the first byte of the response body. */
    public Optional<Duration> firstByte() {
        return firstByte;
    }

    /** The time from the request to its end. */
    public Duration whole() {
        return whole;
    }

    /** The prompt; empty unless the request was explained. */
    public Optional<Prompt> prompt() {
        return prompt;
    }

    /** The usage that the node reported, as far as the router read it. */
    public Optional<Usage> usage() {
        return usage;
    }

    /** The bytes of the response body that were passed on. */
    public long bytes() {
        return bytes;
    }

    private List<Object> values() {
        return List.of(
                requestId, client, route, model, attempts, servedBy, status, outcome, error, waited, firstByte, whole,
                prompt, usage, bytes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RoutedRequest that && values().equals(that.values());
    }

    @Override
    public int hashCode() {
        return values().hashCode();
    }

    @Override
    public String toString() {
        return "RoutedRequest" + values();
    }

    /** Collects the values of a {@link RoutedRequest}. Not safe for use by many threads. */
    public static final class Builder {
        private String requestId = "";
        private Optional<String> client = Optional.empty();
        private String route = "";
        private Optional<String> model = Optional.empty();
        private List<Attempt> attempts = List.of();
        private Optional<NodeSpec> servedBy = Optional.empty();
        private OptionalInt status = OptionalInt.empty();
        private Outcome outcome = Outcome.COMPLETED;
        private Optional<String> error = Optional.empty();
        private Duration waited = Duration.ZERO;
        private Optional<Duration> firstByte = Optional.empty();
        private Duration whole = Duration.ZERO;
        private Optional<Prompt> prompt = Optional.empty();
        private Optional<Usage> usage = Optional.empty();
        private long bytes = 0;

        private Builder() {}

        /** Sets {@link RoutedRequest#requestId()}. */
        public Builder requestId(String value) {
            this.requestId = value;
            return this;
        }

        /** Sets {@link RoutedRequest#client()}. */
        public Builder client(Optional<String> value) {
            this.client = value;
            return this;
        }

        /** Sets {@link RoutedRequest#route()}. */
        public Builder route(String value) {
            this.route = value;
            return this;
        }

        /** Sets {@link RoutedRequest#model()}. */
        public Builder model(Optional<String> value) {
            this.model = value;
            return this;
        }

        /** Sets {@link RoutedRequest#attempts()}. */
        public Builder attempts(List<Attempt> value) {
            this.attempts = value;
            return this;
        }

        /** Sets {@link RoutedRequest#servedBy()}. */
        public Builder servedBy(Optional<NodeSpec> value) {
            this.servedBy = value;
            return this;
        }

        /** Sets {@link RoutedRequest#status()}. */
        public Builder status(OptionalInt value) {
            this.status = value;
            return this;
        }

        /** Sets {@link RoutedRequest#outcome()}. */
        public Builder outcome(Outcome value) {
            this.outcome = value;
            return this;
        }

        /** Sets {@link RoutedRequest#error()}. */
        public Builder error(Optional<String> value) {
            this.error = value;
            return this;
        }

        /** Sets {@link RoutedRequest#waited()}. */
        public Builder waited(Duration value) {
            this.waited = value;
            return this;
        }

        /** Sets {@link RoutedRequest#firstByte()}. */
        public Builder firstByte(Optional<Duration> value) {
            this.firstByte = value;
            return this;
        }

        /** Sets {@link RoutedRequest#whole()}. */
        public Builder whole(Duration value) {
            this.whole = value;
            return this;
        }

        /** Sets {@link RoutedRequest#prompt()}. */
        public Builder prompt(Optional<Prompt> value) {
            this.prompt = value;
            return this;
        }

        /** Sets {@link RoutedRequest#usage()}. */
        public Builder usage(Optional<Usage> value) {
            this.usage = value;
            return this;
        }

        /** Sets {@link RoutedRequest#bytes()}. */
        public Builder bytes(long value) {
            this.bytes = value;
            return this;
        }

        /** The request with these values. */
        public RoutedRequest build() {
            return new RoutedRequest(this);
        }
    }
}

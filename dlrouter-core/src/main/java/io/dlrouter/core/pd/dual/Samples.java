package io.dlrouter.core.pd.dual;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceResponse;
import io.dlrouter.RouterClosedException;
import io.dlrouter.RouterException;
import io.dlrouter.core.pd.EditedResponse;
import io.dlrouter.core.request.RequestContext;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;

/** The samples of a request, each sent as a request of its own, with a merged response. Used once. */
final class Samples {
    private final RequestContext request;
    private final List<Sample> samples;
    private final CompletableFuture<Sample> firstFailed = new CompletableFuture<>();

    Samples(RequestContext request, int count) {
        this.request = request;
        this.samples = IntStream.range(0, count).mapToObj(Sample::new).toList();
    }

    /** Sends one sample and waits for its response to begin. */
    interface Sampler {
        EditedResponse sample(RequestContext request, int number);
    }

    /** A sample and its cancellation. */
    private record Sample(int number, Cancellation end, CompletableFuture<EditedResponse> response) {

        Sample(int number) {
            this(number, new Cancellation(), new CompletableFuture<>());
        }
    }

    /**
     * Sends all samples at once and waits until all have begun to respond. The first failure ends the others, and is
     * the result. Until the response is closed, a client disconnect ends them.
     */
    InferenceResponse gather(Sampler sampler, Executor threads) {
        Cancellation.Registration leaving =
                request.cancellation().onCancel(() -> samples.forEach(sample -> sample.end.cancel()));
        samples.forEach(sample -> start(sample, sampler, threads));
        awaitAll();
        if (!firstFailed.isDone()) {
            return SampledResponse.of(respondsWith(), () -> close(leaving), threads);
        }
        return failure(firstFailed.join(), leaving);
    }

    /** The result instead of a response, which may be a node's client error. */
    private EditedResponse failure(Sample failed, Cancellation.Registration leaving) {
        samples.stream().filter(sample -> !sample.equals(failed)).forEach(Samples::closeIfBegun);
        try {
            return responseOf(failed).andThen(leaving::close);
        } catch (RuntimeException | Error e) {
            leaving.close();
            throw e;
        }
    }

    private void start(Sample sample, Sampler sampler, Executor threads) {
        try {
            threads.execute(() -> run(sample, sampler));
        } catch (RejectedExecutionException e) {
            fail(sample, new RouterClosedException("The router was closed."));
        } catch (Error e) {
            fail(sample, e);
        }
    }

    private void run(Sample sample, Sampler sampler) {
        try {
            EditedResponse response = sampler.sample(request.endedBy(sample.end), sample.number);
            if (response.status() >= 300) {
                endOthersThan(sample);
            }
            sample.response.complete(response);
        } catch (RuntimeException | Error e) {
            fail(sample, e);
        }
    }

    private void fail(Sample sample, Throwable reason) {
        endOthersThan(sample);
        sample.response.completeExceptionally(reason);
    }

    private void endOthersThan(Sample failed) {
        if (firstFailed.complete(failed)) {
            samples.stream().filter(sample -> !sample.equals(failed)).forEach(sample -> sample.end.cancel());
        }
    }

    private void awaitAll() {
        CompletableFuture<?>[] all = samples.stream().map(Sample::response).toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(all).exceptionally(failure -> null).join();
    }

    private List<InferenceResponse> respondsWith() {
        return samples.stream().<InferenceResponse>map(Samples::responseOf).toList();
    }

    private static EditedResponse responseOf(Sample sample) {
        try {
            return sample.response.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RouterException reason ? reason : e;
        }
    }

    private static void closeIfBegun(Sample sample) {
        if (!sample.response.isCompletedExceptionally()) {
            sample.response.join().close();
        }
    }

    private void close(Cancellation.Registration leaving) {
        leaving.close();
        samples.forEach(Samples::closeIfBegun);
    }
}

package io.dlrouter.replay;

import io.dlrouter.spi.SelectionObserver;
import io.dlrouter.spi.Usage;
import java.util.ArrayDeque;
import java.util.OptionalLong;
import java.util.Queue;

/** An engine as its {@link EngineModel} says, on the clock of an {@link Agenda}. */
final class Engine {
    private final EngineModel model;
    private final Agenda agenda;
    private final Tally tally;
    private final ReplayNode node;
    private final BlockCache cache;
    private final Queue<Stay> waiting = new ArrayDeque<>();
    private boolean reading;

    /** A request that it was given, and who wants to hear of it. */
    private record Stay(TraceRequest request, SelectionObserver observer) {}

    /** @param cacheBlocks how many blocks of the trace its cache holds */
    Engine(int number, EngineModel model, int cacheBlocks, Agenda agenda, Tally tally) {
        this.model = model;
        this.agenda = agenda;
        this.tally = tally;
        this.cache = new BlockCache(cacheBlocks);
        OptionalLong message = model.saysCapacity() ? OptionalLong.of(model.cacheTokens()) : OptionalLong.empty();
        this.node = new ReplayNode(number, message, agenda::now);
    }

    ReplayNode node() {
        return node;
    }

    void restart() {
        cache.clear();
        node.restart();
    }

    void take(TraceRequest request, SelectionObserver observer) {
        waiting.add(new Stay(request, observer));
        if (!reading) {
            readNext();
        }
    }

    private void readNext() {
        Stay next = waiting.poll();
        reading = next != null;
        if (next != null) {
            read(next);
        }
    }

    private void read(Stay stay) {
        TraceRequest request = stay.request;
        int held = cache.read(request.prompt());
        double cached = Math.min(
                request.promptTokens(),
                request.tokens((double) held * request.prompt().blockLength()));
        long nanos = model.prefillNanos(request.promptTokens() - cached);
        tally.read(node.number(), held, request.prompt().blocks(), nanos);
        agenda.after(nanos, () -> firstByte(stay, Math.round(cached)));
    }

    private void firstByte(Stay stay, long cached) {
        tally.firstByte(agenda.now() - stay.request.nanoTime());
        stay.observer.firstByte(agenda.now());
        agenda.after(model.decodeNanos(stay.request.outputTokens()), () -> end(stay, cached));
        readNext();
    }

    private void end(Stay stay, long cached) {
        if (model.saysUsage()) {
            stay.observer.counted(usage(stay.request, cached));
        }
        node.responded(agenda.now() - stay.request.nanoTime());
        stay.observer.ended(agenda.now());
        node.end();
    }

    private static Usage usage(TraceRequest request, long cached) {
        return new Usage(request.promptTokens(), OptionalLong.of(cached), OptionalLong.of(request.outputTokens()));
    }
}

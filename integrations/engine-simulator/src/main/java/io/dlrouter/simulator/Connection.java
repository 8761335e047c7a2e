package io.dlrouter.simulator;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** One client's connection: reads a request, responses it, and again, until either side ends it. */
final class Connection {
    private static final Duration FAREWELL = Duration.ofSeconds(1);

    private final Socket socket;
    private final EngineState engine;
    private final Routes routes;
    private final ClientInput in;

    Connection(Socket socket, EngineState engine, Routes routes) throws IOException {
        this.socket = socket;
        this.engine = engine;
        this.routes = routes;
        this.in = new ClientInput(socket);
    }

    /** Serves until the connection ends, and leaves it closed. */
    void serve() throws IOException {
        try (socket) {
            socket.setTcpNoDelay(true);
            serveRequests(new BufferedOutputStream(socket.getOutputStream()));
        } finally {
            in.close();
        }
    }

    private void serveRequests(OutputStream out) throws IOException {
        RequestReader reader = new RequestReader(in, out);
        Duration silence = Duration.ZERO;
        while (in.awaitByte(silence)) {
            RecordedRequest request;
            try {
                request = reader.read();
            } catch (ProtocolViolationException violation) {
                refuse(violation, out);
                return;
            }
            answer(request, out);
            if (HeaderRules.closes(request.headers())) {
                return;
            }
            silence = engine.options().keepAlive();
        }
        if (engine.options().resetsIdle()) {
            socket.setSoLinger(true, 0);
        }
    }

    private void answer(RecordedRequest request, OutputStream out) throws IOException {
        // A request that a test has seen to arrive has its fault: one that is injected afterwards is for a later
        // request.
        Fault fault = engine.faults().take(request);
        engine.log().began(request);
        try {
            OutputStream wire =
                    fault.byteTime().isZero() ? out : new SingleBytes(socket.getOutputStream(), fault.byteTime());
            write(request, fault, new AnswerWriter(in, wire, fault.breakage(), fault.hold()));
        } finally {
            engine.log().ended(request);
        }
    }

    private void write(RecordedRequest request, Fault fault, AnswerWriter writer) throws IOException {
        try {
            Answer answer = settled(request, fault);
            writer.write(answer.after(fault.extraWait()).with(headers(request)));
            answer.afterwards().run();
        } catch (BrokenOffException broken) {
            if (broken.end() == Breakage.End.RESET) {
                socket.setSoLinger(true, 0);
            }
            throw broken;
        } catch (IOException failure) {
            if (!socket.isClosed()) {
                Instant noticed = failure instanceof ClientLeftException left ? left.noticed() : Instant.now();
                engine.log().disconnected(new Disconnect(request, noticed, writer.events()));
            }
            throw failure;
        }
    }

    private Answer settled(RecordedRequest request, Fault fault) throws IOException {
        Optional<Answer> refusal = fault.refusal();
        return refusal.isPresent()
                ? refusal.get()
                : fault.insteadOf(routes.answer(request).settled(in));
    }

    private Map<String, String> headers(RecordedRequest request) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("server", "uvicorn");
        headers.put("x-engine", engine.name());
        if (HeaderRules.closes(request.headers())) {
            headers.put("connection", "close");
        }
        if (engine.options().echoRequestId()) {
            request.header("x-request-id").ifPresent(id -> headers.put("x-request-id", id));
        }
        return headers;
    }

    /** Says what was wrong and ends the connection, reading the rest so that the response is not lost in a reset. */
    private void refuse(ProtocolViolationException violation, OutputStream out) throws IOException {
        String message = String.valueOf(violation.getMessage());
        engine.log().violated(message);
        Answer answer = engine.dialect().error(400, message, null).with(Map.of("connection", "close"));
        new AnswerWriter(in, out, Breakage.NEVER, Hold.NONE).write(answer.with(Map.of("x-engine", engine.name())));
        socket.shutdownOutput();
        in.drain(FAREWELL);
    }
}

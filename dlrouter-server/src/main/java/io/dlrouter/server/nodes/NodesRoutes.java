package io.dlrouter.server.nodes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeAddress;
import io.dlrouter.NodeRegistry;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Router;
import io.dlrouter.RouterException;
import io.dlrouter.server.http.AddressRange;
import io.dlrouter.server.http.ApiKeys;
import io.dlrouter.server.http.ErrorResponse;
import io.dlrouter.server.http.ServerSettings;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The routes {@code /nodes/*}: engines register themselves, operators inspect and change nodes. */
public final class NodesRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(NodesRoutes.class);

    private final NodeRegistry nodes;
    private final ApiKeys adminKeys;
    private final List<AddressRange> trustedRegistrars;
    private final String defaultBackend;

    public NodesRoutes(Router router, ServerSettings settings) {
        this.nodes = router.nodes();
        this.adminKeys = settings.adminKeys();
        this.trustedRegistrars = settings.trustedRegistrars();
        this.defaultBackend = settings.defaultBackend();
    }

    public void register(RoutesConfig routes) {
        routes.get("/nodes/status", adminKeys.guard(this::status));
        routes.head("/nodes/status", adminKeys.guard(this::status));
        routes.post("/nodes/add", unlessTrusted(adminKeys.guard(this::add)));
        routes.post("/nodes/remove", adminKeys.guard(change(nodes::remove, "Removed successfully.")));
        routes.post("/nodes/drain", adminKeys.guard(change(nodes::drain, "Draining.")));
        routes.post("/nodes/terminate", adminKeys.guard(change(nodes::terminate, "Terminated successfully.")));
        routes.post("/nodes/terminate_all", adminKeys.guard(this::terminateAll));
        routes.get("/nodes/terminate_all", adminKeys.guard(this::terminateAll));
    }

    private void status(Context ctx) {
        boolean all = Boolean.parseBoolean(parameter("all", ctx));
        ctx.contentType("application/json")
                .result(NodeList.json(nodes.all().stream().filter(node -> all || node.state() != NodeState.EJECTED)));
    }

    /** LMDeploy's engines register themselves and send no key. */
    private Handler unlessTrusted(Handler guarded) {
        return ctx -> {
            if (Registrar.of(ctx).isIn(trustedRegistrars)) {
                add(ctx);
            } else {
                guarded.handle(ctx);
            }
        };
    }

    private void add(Context ctx) {
        NodeRegistration registration = registration(ctx);
        NodeAddress announced = registration.address();
        NodeAddress address = Registrar.of(ctx).locate(announced);
        if (!address.equals(announced)) {
            LOG.info("Node {} gave no address of its own; it is {}", announced, address);
        }
        add(registration.spec(address, defaultBackend));
        respond(ctx, "Added successfully.");
    }

    private void add(NodeSpec node) {
        try {
            nodes.add(node);
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(String.valueOf(e.getMessage()), "backend");
        }
    }

    private static Handler change(Predicate<NodeAddress> change, String done) {
        return ctx -> {
            NodeAddress address = registration(ctx).address();
            if (change.test(address)) {
                respond(ctx, done);
            } else {
                ErrorResponse.nodeNotFound(address.toString()).send(ctx);
            }
        };
    }

    /** Terminates all nodes, also after one has refused. */
    private void terminateAll(Context ctx) {
        List<String> failures = new ArrayList<>();
        for (NodeStatus node : nodes.all()) {
            try {
                nodes.terminate(node.spec().address());
            } catch (RouterException e) {
                failures.add(String.valueOf(e.getMessage()));
            }
        }
        if (!failures.isEmpty()) {
            throw new BadNodeResponseException(String.join("; ", failures));
        }
        respond(ctx, "All nodes terminated.");
    }

    /** The body, or the parameter that LMDeploy's documentation names. */
    private static NodeRegistration registration(Context ctx) {
        String url = parameter("node_url", ctx);
        return url == null
                ? NodeRegistration.parse(
                        new String(ctx.bodyAsBytes(), UTF_8)) // JSON is UTF-8, whatever the header says
                : NodeRegistration.of(url);
    }

    private static @Nullable String parameter(String name, Context ctx) {
        try {
            return ctx.queryParam(name);
        } catch (IndexOutOfBoundsException e) { // Javalin's, over "charset" without a value
            throw new InvalidRequestException(
                    "Content-Type: " + ctx.contentType() + " (expected: application/json)", null);
        }
    }

    private static void respond(Context ctx, String message) {
        ctx.contentType("application/json").result("{\"message\": \"" + message + "\"}");
    }
}

package io.dlrouter.core.membership;

import com.squareup.moshi.JsonAdapter;
import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.Moshi;
import io.dlrouter.NodeAddress;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.spi.RouterClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Persists the descriptions of nodes, without counts. Calls must not overlap. */
public final class NodeTableFile {
    private static final Logger LOG = LoggerFactory.getLogger(NodeTableFile.class);
    private static final JsonAdapter<Table> JSON =
            new Moshi.Builder().build().adapter(Table.class).indent("  ");

    private static final Pattern API_URL = Pattern.compile(".*/v1/*(@\\d+)?");

    private final Path file;
    private final RouterClock clock;

    /**
     * A file that is read and written as a whole.
     *
     * @throws IllegalArgumentException if it is not a file, or cannot be created
     */
    public NodeTableFile(Path file, RouterClock clock) {
        this.file = file.toAbsolutePath();
        this.clock = clock;
        Path folder = this.file.getParent();
        boolean usable = Files.isRegularFile(this.file) || Files.notExists(this.file);
        if (!usable || folder == null || !isWritable(folder)) {
            throw new IllegalArgumentException("config_path: " + file
                    + " (expected: a file that can be written, or a path where one can be made)");
        }
    }

    private static boolean isWritable(Path folder) {
        try {
            return Files.isWritable(Files.createDirectories(folder));
        } catch (IOException e) {
            return false;
        }
    }

    /** Public, because Moshi accepts public records only. */
    public record Table(List<Entry> nodes) {}

    /** One node of the table. */
    public record Entry(
            String url,
            String backend,
            String role,
            List<String> models,
            @Nullable Double speed,
            @Nullable String zmq_address,
            @Nullable Integer bootstrap_port,
            @Nullable Integer max_in_flight) {

        static Entry of(NodeSpec spec) {
            return new Entry(
                    spec.address().toString(),
                    spec.backend(),
                    spec.role().name(),
                    spec.models(),
                    spec.speed().isPresent() ? spec.speed().getAsDouble() : null,
                    spec.zmqAddress().orElse(null),
                    orNull(spec.bootstrapPort()),
                    orNull(spec.maxInFlight()));
        }

        NodeSpec spec() {
            return NodeSpec.builder()
                    .address(NodeAddress.parse(url))
                    .backend(Objects.requireNonNull(backend, "a node without a backend"))
                    .role(Role.parse(role))
                    .models(models)
                    .speed(speed == null ? OptionalDouble.empty() : OptionalDouble.of(speed))
                    .zmqAddress(Optional.ofNullable(zmq_address))
                    .bootstrapPort(optional(bootstrap_port))
                    .maxInFlight(optional(max_in_flight))
                    .build();
        }

        private static @Nullable Integer orNull(OptionalInt number) {
            return number.isPresent() ? number.getAsInt() : null;
        }

        private static OptionalInt optional(@Nullable Integer number) {
            return number == null ? OptionalInt.empty() : OptionalInt.of(number);
        }
    }

    /** The nodes of the file; empty without a file. An unreadable file is renamed and logged. */
    public List<NodeSpec> read() {
        if (!Files.exists(file)) {
            return List.of();
        }
        try {
            Table table = JSON.fromJson(Files.readString(file));
            return table == null
                    ? List.of()
                    : table.nodes.stream()
                            .filter(NodeTableFile::hasBaseUrl)
                            .map(Entry::spec)
                            .toList();
        } catch (IOException | JsonDataException | IllegalArgumentException | NullPointerException e) {
            putAside(e);
            return List.of();
        }
    }

    /** Earlier versions accepted a URL that ends in /v1, at which a node serves nothing. */
    private static boolean hasBaseUrl(Entry entry) {
        boolean usable = !API_URL.matcher(entry.url()).matches();
        if (!usable) {
            LOG.warn("Node {} of the node table ignored (expected: its base URL, without /v1)", entry.url());
        }
        return usable;
    }

    private void putAside(Exception reason) {
        Path aside = file.resolveSibling(
                file.getFileName() + ".unreadable-" + clock.now().toEpochMilli());
        try {
            Files.move(file, aside);
            LOG.warn(
                    "Node table {} cannot be read and was renamed to {}; the router starts without it: {}",
                    file,
                    aside,
                    reason.toString());
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "config_path: " + file + " (expected: a node table, or a file that can be put aside): " + e, e);
        }
    }

    /**
     * Replaces the content of the file in one step: written to a temporary file, synced, renamed.
     *
     * @throws UncheckedIOException if that fails; the file is then unchanged
     */
    public void write(Collection<NodeSpec> nodes) {
        String json = JSON.toJson(new Table(nodes.stream().map(Entry::of).toList()));
        Path aside = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.createDirectories(file.getParent());
            writeThrough(aside, json);
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("The node table " + file + " cannot be written: " + e, e);
        }
    }

    private static void writeThrough(Path target, String json) throws IOException {
        try (FileChannel channel = FileChannel.open(
                target, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(json);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }
}

package io.dlrouter.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a gateway holds on to at one moment.
 *
 * @param heap the bytes of the objects that live, after a full collection
 * @param threads those of the operating system
 * @param serving threads, virtual ones among them, that are serving an inference request
 * @param toNodes sockets to nodes, those of probes among them
 * @param toClients sockets to clients
 */
record Footprint(long heap, long threads, long serving, long toNodes, long toClients) {
    private static final Pattern TOTAL = Pattern.compile("Total\\s+[0-9]+\\s+([0-9]+)");
    private static final String LISTENS = "0A";
    private static final String SERVES = "io.dlrouter.server.inference.InferenceHandler.handle(";

    static Footprint of(Gateway gateway, Set<Integer> nodePorts) throws Exception {
        return new Footprint(
                heap(gateway.pid()),
                threads(gateway.pid()),
                serving(gateway.pid()),
                sockets(gateway, socket -> nodePorts.contains(socket.remotePort())),
                sockets(gateway, socket -> socket.localPort() == gateway.port() && !socket.listens()));
    }

    private static long heap(long pid) throws Exception {
        Matcher total = TOTAL.matcher(ask(pid, "GC.class_histogram"));
        if (!total.find()) {
            throw new IOException("GC.class_histogram: without a total");
        }
        return Long.parseLong(total.group(1));
    }

    private static long threads(long pid) throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return tasks.count();
        }
    }

    private static long serving(long pid) throws Exception {
        return Runtime.version().feature() < 21
                ? countServing(ask(pid, "Thread.print"))
                : countServing(dumpOfAllThreads(pid));
    }

    private static String dumpOfAllThreads(long pid) throws Exception {
        Path folder = Files.createTempDirectory("dlrouter-threads");
        Path dump = folder.resolve("dump");
        try {
            ask(pid, "Thread.dump_to_file", dump.toString());
            return Files.readString(dump);
        } finally {
            Files.deleteIfExists(dump);
            Files.delete(folder);
        }
    }

    private static long countServing(String stacks) {
        return stacks.lines().filter(line -> line.contains(SERVES)).count();
    }

    private static String ask(long pid, String... command) throws Exception {
        List<String> line = Stream.concat(Stream.of(Gateway.java("jcmd"), Long.toString(pid)), Stream.of(command))
                .toList();
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), UTF_8);
    }

    /** A line of the kernel's table of TCP sockets. */
    private record TcpSocket(int localPort, int remotePort, boolean listens, String inode) {
        static TcpSocket of(String line) {
            String[] words = line.strip().split("\\s+", -1);
            return new TcpSocket(port(words[1]), port(words[2]), words[3].equals(LISTENS), words[9]);
        }

        private static int port(String address) {
            return Integer.parseInt(address.substring(address.indexOf(':') + 1), 16);
        }
    }

    private static long sockets(Gateway gateway, Predicate<TcpSocket> which) throws IOException {
        Set<String> held = inodes(gateway.pid());
        return Stream.concat(lines("/proc/net/tcp"), lines("/proc/net/tcp6"))
                .map(TcpSocket::of)
                .filter(socket -> held.contains(socket.inode()))
                .filter(which)
                .count();
    }

    private static Stream<String> lines(String file) throws IOException {
        return Files.readAllLines(Path.of(file)).stream().skip(1);
    }

    private static Set<String> inodes(long pid) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return files.map(Footprint::target)
                    .filter(target -> target.startsWith("socket:["))
                    .map(target -> target.substring(8, target.length() - 1))
                    .collect(Collectors.toSet());
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }
}
